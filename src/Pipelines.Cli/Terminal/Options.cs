using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Pipelines.Cli.Terminal;

/// <summary>Options that several verbs share, so that each means the same everywhere.</summary>
internal static class Options
{
    /// <summary><c>-o table|json</c>.</summary>
    public static Option<OutputFormat> Output()
    {
        var option = new Option<OutputFormat>("--output", "-o") { Description = "table for people, json for programs", DefaultValueFactory = _ => OutputFormat.Table, HelpName = "table|json" };
        option.AcceptOnlyFromAmong("table", "json");
        return option;
    }

    /// <summary><c>--data-dir</c>.</summary>
    public static Option<string> DataDirectory()
    {
        var option = new Option<string>("--data-dir") { Description = "Where standalone keeps its database, keys and logs", DefaultValueFactory = _ => Home.DefaultDirectory };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var text }] && string.IsNullOrWhiteSpace(text)) result.AddError("--data-dir is empty. Name a directory, or leave it out.");
        });
        return option;
    }

    /// <summary><c>--port</c>.</summary>
    public static Option<int> Port(int standard) =>
        new("--port") { Description = "Port of the web UI on 127.0.0.1 (0: any free one)", DefaultValueFactory = _ => standard };

    /// <summary>A required positional argument.</summary>
    public static Argument<string> Name(string name, string description) => new(name) { Description = description };

    /// <summary>A date or instant in ISO 8601; without an offset it is UTC, whatever the machine's zone.</summary>
    public static Option<DateTimeOffset?> Moment(string name, string description) => new(name)
    {
        Description = $"{description} (ISO 8601, UTC unless it says otherwise)",
        CustomParser = result => ParseMoment(result, name),
    };

    /// <summary>Reads such a date; says what is wrong with it.</summary>
    public static DateTimeOffset? ParseMoment(ArgumentResult result, string name)
    {
        var text = result.Tokens[0].Value;
        if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var moment)) return moment;
        result.AddError($"{name} is '{text}' but must be a date such as 2026-01-31 or 2026-01-31T06:00:00Z.");
        return null;
    }
}

using System.Text.RegularExpressions;
using Pipelines.Activities.Sql;
using Pipelines.Model.Activities;

namespace Pipelines.Activities.Redshift;

/// <summary>What a load does with the rows that are in the table already.</summary>
internal enum LoadMode
{
    /// <summary>They stay.</summary>
    Append,

    /// <summary>Those of the data interval are replaced.</summary>
    ReplaceInterval,

    /// <summary>All are replaced.</summary>
    Replace,
}

/// <summary>The inputs of a load, checked before anything is touched.</summary>
internal sealed partial record LoadSettings
{
    /// <summary>The target, folded as Redshift does.</summary>
    public required TableName Table { get; init; }

    public required LoadMode Mode { get; init; }

    /// <summary>The column to replace by; null: the one that the extract was filtered by.</summary>
    public string? IntervalColumn { get; private init; }

    /// <summary>The role that COPY runs as; null: take it from the connections.</summary>
    public string? IamRole { get; private init; }

    public required bool CreateTable { get; init; }

    /// <summary>Text after CREATE TABLE's columns.</summary>
    public required string TableAttributes { get; init; }

    /// <summary>Further options of COPY, as the author wrote them.</summary>
    public required string CopyOptions { get; init; }

    /// <summary>Reads the inputs of an attempt.</summary>
    /// <exception cref="TaskFailure">An input has a value it cannot have (not retryable).</exception>
    public static LoadSettings Read(RenderedInputs inputs) => new()
    {
        Table = TableName.Parse(inputs.Required("table"), "table").Folded,
        Mode = ModeOf(inputs.Optional("mode") ?? "append"),
        IntervalColumn = inputs.Optional("intervalColumn"),
        IamRole = inputs.Optional("iamRole"),
        CreateTable = inputs.Boolean("createTable", true),
        TableAttributes = Attributes(inputs),
        CopyOptions = OptionsOf(inputs.Optional("copyOptions") ?? ""),
    };

    // The text goes into the statement as it is and may come from a run's params: words, numbers and closed strings cannot leave the COPY.
    internal static string OptionsOf(string text) => WordsAndStrings().IsMatch(text) ? text
        : throw new TaskFailure($"Input 'copyOptions' is \"{text}\" but may hold only option names, numbers and strings in single quotes, e.g. TRUNCATECOLUMNS MAXERROR 10.", retryable: false);

    [GeneratedRegex(@"\A(?:[A-Za-z0-9_\s]|'(?:[^'\\]|'')*')*\z")]
    private static partial Regex WordsAndStrings();

    private static LoadMode ModeOf(string text) => text switch
    {
        "append" => LoadMode.Append,
        "replace_interval" => LoadMode.ReplaceInterval,
        "replace" => LoadMode.Replace,
        _ => throw new TaskFailure($"Input 'mode' is '{text}' but must be append, replace_interval or replace.", retryable: false),
    };

    internal static string Attributes(RenderedInputs inputs)
    {
        var style = inputs.Optional("distStyle");
        if (style is not null && !Style().IsMatch(style))
            throw new TaskFailure($"Input 'distStyle' is '{style}' but must be AUTO, EVEN, KEY or ALL.", retryable: false);
        var sortKey = inputs.Optional("sortKey")?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [];
        return (style is null ? "" : $" DISTSTYLE {style.ToUpperInvariant()}")
            + (inputs.Optional("distKey") is { } key ? $" DISTKEY ({SqlText.Identifier(key.ToLowerInvariant())})" : "")
            + (sortKey.Length == 0 ? "" : $" SORTKEY ({SqlText.Identifiers(sortKey.Select(column => column.ToLowerInvariant()))})");
    }

    [GeneratedRegex("^(auto|even|key|all)$", RegexOptions.IgnoreCase)]
    private static partial Regex Style();
}

using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using Pipelines.Activities.SecretsBackends;
using Pipelines.Storage;
using Pipelines.Storage.Secrets;

namespace Pipelines.Web.Settings;

/// <summary>Reads a setting's text; false when it is malformed.</summary>
internal delegate bool TryRead<T>(string text, [MaybeNullWhen(false)] out T value);

/// <summary>How the text of a setting is read and written.</summary>
/// <param name="Must">Ends the sentence "it must be …".</param>
/// <param name="Read">Text to value.</param>
/// <param name="Show">Value to text; the value's own text can be read again.</param>
/// <param name="Unit">Of a bare number; empty: none.</param>
internal sealed record SettingFormat<T>(string Must, TryRead<T> Read, Func<T, string> Show, string Unit = "");

/// <summary>The formats that our settings have.</summary>
internal static class SettingFormats
{
    /// <summary>Any text.</summary>
    public static SettingFormat<string> Text { get; } = new("some text", IsText, text => text);

    /// <summary>How Npgsql reaches a database.</summary>
    public static SettingFormat<string> ConnectionString { get; } = new(
        "an Npgsql connection string such as 'Host=db.example.com;Database=pipelines;Username=pipelines;Password=…' (not an address with ://; a value with ; or = in it stands in quotes)",
        (string text, [MaybeNullWhen(false)] out string value) => IsText(text, out value) && Database.IsConnectionString(text), text => text);

    /// <summary>What encrypts secrets.</summary>
    public static SettingFormat<string> Keys { get; } = new("a Fernet key, 32 bytes in URL-safe base64, which is 44 characters; or several with commas between",
        (string text, [MaybeNullWhen(false)] out string value) => IsText(text, out value) && FernetKeys.TryRead(text) is not null, text => text);

    /// <summary>Whole and above 0.</summary>
    public static SettingFormat<int> Count { get; } = new("a whole number above 0",
        (string text, out int value) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value > 0,
        value => value.ToString(CultureInfo.InvariantCulture));

    /// <summary>A number of seconds, perhaps with a decimal point.</summary>
    public static SettingFormat<TimeSpan> Seconds(double least) => Time("seconds", least, MostSeconds, TimeSpan.FromSeconds, span => span.TotalSeconds);

    /// <summary>A number of days.</summary>
    public static SettingFormat<TimeSpan> Days { get; } = Time("days", 1, MostDays, TimeSpan.FromDays, span => span.TotalDays);

    /// <summary>Names between commas.</summary>
    public static SettingFormat<IReadOnlyList<string>> List { get; } = new("names separated by commas", TryList, value => string.Join(',', value));

    /// <summary>Where to listen.</summary>
    public static SettingFormat<Uri> Address { get; } = new("like http://127.0.0.1:8080",
        (string text, [MaybeNullWhen(false)] out Uri value) => Uri.TryCreate(text, UriKind.Absolute, out value) && value.Scheme is "http" or "https",
        value => value.ToString().TrimEnd('/'));

    /// <summary>Addresses and networks.</summary>
    public static SettingFormat<IReadOnlyList<IPNetwork>> Networks { get; } = new("addresses or networks such as 10.0.0.7 or 10.0.0.0/8, separated by commas", TryNetworks, value => string.Join(',', value));

    /// <summary>On or off, in Airflow's spelling.</summary>
    public static SettingFormat<bool> Switch { get; } = new("true or false", bool.TryParse, value => value ? "true" : "false");

    /// <summary>One of a type's names, in lower case.</summary>
    public static SettingFormat<T> OneOf<T>(params T[] choices)
        where T : struct, Enum => new($"one of {string.Join(", ", choices.Select(Name))}",
            (string text, out T value) =>
            {
                var index = Array.FindIndex(choices, choice => Name(choice) == text);
                value = index < 0 ? default : choices[index];
                return index >= 0;
            }, Name);

    /// <summary>The name of a secrets backend.</summary>
    public static SettingFormat<string> SecretsBackend { get; } = new($"one of {string.Join(", ", BuiltInSecretsBackends.Names)}, with or without the package that Airflow has it in",
        (string text, [MaybeNullWhen(false)] out string value) => IsText(text, out value) && BuiltInSecretsBackends.IsKnown(text), text => text);

    /// <summary>A text that nobody can guess.</summary>
    public static SettingFormat<string> Secret { get; } = new("32 characters or longer, since a shorter one could be guessed",
        (string text, [MaybeNullWhen(false)] out string value) => IsText(text, out value) && text.Length >= 32, text => text);

    private static SettingFormat<TimeSpan> Time(string unit, double least, double most, Func<double, TimeSpan> of, Func<TimeSpan, double> count) =>
        new(string.Create(CultureInfo.InvariantCulture, $"a number of {unit}, at least {least:0.###} and at most {most:0}"),
            (string text, out TimeSpan value) =>
            {
                var isNumber = double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most;
                value = isNumber ? of(number) : default;
                return isNumber;
            },
            value => count(value).ToString("0.###", CultureInfo.InvariantCulture), unit);

    // What a timer can wait for.
    private const double MostSeconds = 4_000_000;

    // So long ago there still is a date.
    private const double MostDays = 36_500;

    private static string Name<T>(T choice)
        where T : struct, Enum => choice.ToString().ToLowerInvariant();

    private static bool IsText(string text, [MaybeNullWhen(false)] out string value)
    {
        value = text;
        return true;
    }

    private static bool TryNetworks(string text, [MaybeNullWhen(false)] out IReadOnlyList<IPNetwork> value)
    {
        value = null;
        if (!TryList(text, out var parts)) return false;
        var networks = new List<IPNetwork>();
        foreach (var part in parts)
        {
            if (IPAddress.TryParse(part, out var address)) networks.Add(new IPNetwork(address, address.GetAddressBytes().Length * 8));
            else if (IPNetwork.TryParse(part, out var network)) networks.Add(network);
            else return false;
        }
        value = networks;
        return true;
    }

    private static bool TryList(string text, [MaybeNullWhen(false)] out IReadOnlyList<string> value)
    {
        value = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return value.Count > 0;
    }
}

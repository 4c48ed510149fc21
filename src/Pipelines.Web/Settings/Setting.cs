namespace Pipelines.Web.Settings;

/// <summary>
/// One environment variable of a host: its name, meaning and default, and how it is read. Whatever is said of a setting (messages,
/// <c>pipelines config list</c>, the README) is said from here.
/// </summary>
public sealed record Setting
{
    /// <summary>Begins every name of ours.</summary>
    public const string Prefix = "PIPELINES_";

    // Docker and Kubernetes hand secrets over as files.
    internal const string FileSuffix = "_FILE";

    private readonly Func<PipelinesOptions, string, PipelinesOptions?> _set;
    private readonly Func<PipelinesOptions, string> _show;
    private readonly string _must;

    private Setting(string name, string doc, string unit, string must, Func<PipelinesOptions, string, PipelinesOptions?> set, Func<PipelinesOptions, string> show) =>
        (Name, Doc, Unit, _must, _set, _show) = (Prefix + name, doc, unit, must, set, show);

    /// <summary>Of the environment variable.</summary>
    public string Name { get; init; }

    /// <summary>Ends the sentence "It is …".</summary>
    public string Doc { get; }

    /// <summary>Of a bare number, e.g. seconds; empty: none.</summary>
    public string Unit { get; }

    /// <summary>The roles that look at it.</summary>
    public HostRoles UsedBy { get; init; } = HostRoles.All;

    /// <summary>The roles that look at it, as words.</summary>
    public string Roles => UsedBy == HostRoles.All ? "all" : UsedBy.ToString().ToLowerInvariant();

    /// <summary>The roles that do not start without it.</summary>
    public HostRoles RequiredBy { get; init; }

    /// <summary>Its value is shown to nobody, and may come from a file.</summary>
    public bool IsSecret { get; init; }

    /// <summary>What all hosts must share, and <c>standalone</c> makes for itself.</summary>
    public bool IsMadeByStandalone { get; init; }

    /// <summary>Declares one.</summary>
    /// <param name="name">Without the prefix.</param>
    /// <param name="format">How its text is read.</param>
    /// <param name="get">Its value in the options.</param>
    /// <param name="set">The options with another value.</param>
    /// <param name="doc">Ends the sentence "It is …".</param>
    internal static Setting Of<T>(string name, SettingFormat<T> format, Func<PipelinesOptions, T?> get, Func<PipelinesOptions, T, PipelinesOptions> set, string doc) => new(
        name, doc, format.Unit, format.Must,
        (options, text) => format.Read(text, out var value) ? set(options, value) : null,
        options => get(options) is { } value ? format.Show(value) : "");

    /// <summary>The text of its value in these options; empty: none.</summary>
    public string In(PipelinesOptions options) => _show(options);

    /// <summary>The options with what the environment says; as they were when it says nothing.</summary>
    /// <exception cref="SettingException">It is malformed, or a role of the options needs it and it is not there.</exception>
    public PipelinesOptions Read(PipelinesOptions options, Func<string, string?> environment)
    {
        if (Given(environment) is { } text)
            return _set(options, text) ?? throw new SettingException($"{Name}{(IsSecret ? " is malformed: it" : $" is '{text}' but")} must be {_must}. It is {Doc}.");
        return (RequiredBy & options.Roles) == HostRoles.None ? options
            : throw new SettingException($"{Name} is not set. It is {Doc}. Use 'pipelines standalone' to have everything made for you.");
    }

    /// <summary>Its text in the environment, or in the file that the environment names; null: neither.</summary>
    public string? Given(Func<string, string?> environment)
    {
        if (environment(Name) is { Length: > 0 } text) return text;
        if (!IsSecret || environment(Name + FileSuffix) is not { Length: > 0 } file) return null;
        try
        {
            return File.ReadAllText(file).Trim();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new SettingException($"{Name}{FileSuffix} names a file that cannot be read: {error.Message}");
        }
    }
}

/// <summary>A setting is missing or malformed; the message says which, and what it must be.</summary>
public sealed class SettingException(string message) : Exception(message);

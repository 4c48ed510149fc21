using System.Globalization;
using System.Text.Json.Nodes;
using Pipelines.Model.Activities;
using Pipelines.Model.Assets;
using Pipelines.Model.Params;

namespace Pipelines.Model.Dags;

/// <summary>Reads settings (inputs that are always literals) as values within bounds.</summary>
internal sealed class SettingReader(IReadOnlyDictionary<string, ElsaInput> inputs, DagFileReport report)
{
    public JsonPart? Place(string name) => inputs.GetValueOrDefault(name)?.Part;

    public string? Text(string name) => inputs.GetValueOrDefault(name)?.Expression.Text;

    /// <summary>The text of a list of notifiers; null: none is set. An activity's own input may have the name of one and be something else.</summary>
    public string? Notifiers(string name) => inputs.GetValueOrDefault(name) is { Descriptor.HoldsNotifiers: true } list ? list.Expression.Text : null;

    public bool Flag(string name, bool fallback) => Text(name) is { } text ? bool.Parse(text) : fallback;

    public int Integer(string name, int fallback, int least)
    {
        if (Text(name) is not { } text) return fallback;
        var value = long.Parse(text, CultureInfo.InvariantCulture);
        if (value >= least && value <= int.MaxValue) return (int)value;
        report.Error(Place(name)!, $"'{name}' is {text} but must be from {least} to {int.MaxValue}.");
        return fallback;
    }

    /// <summary>A limit on how many; null: none.</summary>
    public int? Limit(string name) => Text(name) is null ? null : Integer(name, 1, least: 1);

    public double Number(string name, double fallback, double least)
    {
        if (Text(name) is not { } text) return fallback;
        var value = double.Parse(text, CultureInfo.InvariantCulture);
        if (value >= least) return value;
        report.Error(Place(name)!, string.Create(CultureInfo.InvariantCulture, $"'{name}' is {text} but must be {least} or more."));
        return fallback;
    }

    /// <summary>A duration; a limit of zero would forbid any work, so limits must be longer.</summary>
    public TimeSpan? Duration(string name, bool mayBeZero)
    {
        if (Text(name) is not { } text) return null;
        _ = InputText.TryDuration(text, out var value);
        if (mayBeZero || value > TimeSpan.Zero) return value;
        report.Error(Place(name)!, $"'{name}' is {text} but must be {InputText.Expected(InputType.Duration)}, longer than zero. Leave it out for no limit.");
        return null;
    }

    /// <summary>What a JSON setting says of assets; null: it is not set, or wrong (then reported).</summary>
    public T? OfAssets<T>(string name, Func<JsonNode?, T> read)
        where T : class
    {
        if (Text(name) is not { } text || JsonNode.Parse(text) is not { } node || node is JsonArray { Count: 0 } or JsonObject { Count: 0 }) return null;
        try
        {
            return read(node);
        }
        catch (AssetException error)
        {
            report.Error(Place(name)!, error.Message);
            return null;
        }
    }

    /// <summary>Params with their schemas.</summary>
    public DagParams Params(string name) => Text(name) is not { } text ? DagParams.Empty
        : new ParamReader(fault => report.Error(Place(name)!, fault), doubt => report.Warn(Place(name)!, doubt)).Read(text);

    /// <summary>An instant with the offset it was written with.</summary>
    public DateTimeOffset? Date(string name)
    {
        if (Text(name) is not { } text) return null;
        _ = InputText.TryDateTime(text, out var value);
        return value;
    }
}

using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pipelines.Model.Activities;
using Pipelines.Model.Params;

namespace Pipelines.Web.Components.Dags;

/// <summary>The field of one param in the trigger form; its schema, or without one its default, says what may be typed.</summary>
public sealed class ParamField
{
    private readonly Param _param;
    private readonly string _before;

    public ParamField(Param param)
    {
        _param = param;
        Editor = ParamEditors.Of(param);
        Choices = Editor is ParamEditor.Choice or ParamEditor.Choices ? ParamChoice.Of(param) : [];
        Text = _before = Written(param.Default);
        IsOn = param.Default is JsonValue value && value.GetValueKind() == JsonValueKind.True;
    }

    public string Name => _param.Name;

    public ParamEditor Editor { get; }

    /// <summary>What stands before the field.</summary>
    public string Label => _param.Word("title") is { Length: > 0 } title ? title : Name;

    /// <summary>What helps to fill it in; null: nothing.</summary>
    public string? Hint => _param.Description ?? _param.Word("description_md") ?? _param.Word("description");

    /// <summary>The part of the form in which it stands; empty: none.</summary>
    public string Section => _param.Word("section") ?? "";

    /// <summary>A run needs a value of it.</summary>
    public bool IsRequired => !_param.MayBeNull;

    /// <summary>Suggestions for a text.</summary>
    public IReadOnlyList<string> Examples => Editor == ParamEditor.Text && _param.Schema["examples"] is JsonArray examples ? [.. examples.Select(item => item?.ToString() ?? "")] : [];

    /// <summary>Values to choose of.</summary>
    public IReadOnlyList<ParamChoice> Choices { get; }

    /// <summary>A bound of its schema as a browser's field takes it; null: none.</summary>
    /// <param name="keyword">e.g. <c>minimum</c>.</param>
    public string? Bound(string keyword) => _param.Schema[keyword]?.ToJsonString();

    public string Text { get; set; }

    /// <summary>Of a switch.</summary>
    public bool IsOn { get; set; }

    /// <summary>Of <see cref="ParamEditor.Choices"/>: the chosen, by <see cref="ParamChoice.Key"/>.</summary>
    public string[] Chosen
    {
        get => Text.Length == 0 ? [] : Text.Split('\n');
        set => Text = string.Join('\n', value);
    }

    /// <summary>False: the DAG's default counts, so the run's conf does not repeat it. A switch without default has been set, too.</summary>
    public bool IsChanged => Editor == ParamEditor.Switch
        ? !_param.HasDefault || (_param.Default is null ? IsOn : IsOn != (_param.Default.GetValueKind() == JsonValueKind.True))
        : Text != _before;

    /// <summary>Null, or what is wrong in words. What does not fulfil the schema is not found here.</summary>
    public string? Read(out JsonNode? value)
    {
        value = null;
        if (Editor != ParamEditor.Switch && Text.Length == 0 && _param.Types.Contains("null", StringComparer.Ordinal)) return null;
        switch (Editor)
        {
            case ParamEditor.Switch:
                value = IsOn;
                return null;
            case ParamEditor.Number:
                return double.TryParse(Text, NumberStyles.Float, CultureInfo.InvariantCulture, out _) ? ReadJson(out value) : $"'{Text}' of param '{Name}' is no number.{Reminder}";
            case ParamEditor.Json:
                return ReadJson(out value);
            case ParamEditor.Choice:
                value = Choices.FirstOrDefault(choice => choice.Key == Text)?.Value?.DeepClone();
                return null;
            case ParamEditor.Choices:
                value = new JsonArray([.. Choices.Where(choice => Chosen.Contains(choice.Key)).Select(choice => choice.Value?.DeepClone())]);
                return null;
            case ParamEditor.Lines:
                value = new JsonArray([.. Text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(line => JsonValue.Create(line))]);
                return null;
            default:
                value = ReadText();
                return null;
        }
    }

    // A browser leaves out seconds that are zero, and knows no zones: instants are typed in UTC.
    private string ReadText() => Editor switch
    {
        ParamEditor.Time when Text.Length == 5 => $"{Text}:00",
        ParamEditor.DateTime when TryMoment(Text, out var moment) => moment.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
        _ => Text,
    };

    private string? ReadJson(out JsonNode? value)
    {
        value = null;
        try
        {
            value = GivenJson.Parse(Text);
            return null;
        }
        catch (JsonException)
        {
            return $"Param '{Name}' is no JSON.{Reminder}";
        }
        catch (UnstorableTextException error)
        {
            return error.Message;
        }
    }

    private string Reminder => _param.HasDefault ? $" Its default is {_param.Default?.ToJsonString(ParamText.Plain) ?? "null"}." : "";

    private string Written(JsonNode? standard) => standard switch
    {
        null => "",
        _ when Editor == ParamEditor.Choice => Choices.FirstOrDefault(choice => JsonNode.DeepEquals(choice.Value, standard))?.Key ?? "",
        JsonArray chosen when Editor == ParamEditor.Choices => string.Join('\n', Choices.Where(choice => chosen.Any(item => JsonNode.DeepEquals(item, choice.Value))).Select(choice => choice.Key)),
        JsonArray lines when Editor == ParamEditor.Lines => string.Join('\n', lines.Select(line => line?.ToString())),
        JsonValue value when value.TryGetValue<string>(out var text) => Editor == ParamEditor.DateTime && TryMoment(text, out var moment)
            ? moment.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture) : text,
        _ => standard.ToJsonString(ParamText.Plain),
    };

    private static bool TryMoment(string text, out DateTimeOffset moment) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out moment);
}

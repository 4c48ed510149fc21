using System.Text.Json;
using System.Text.Json.Nodes;
using Pipelines.Model.Params;

namespace Pipelines.Web.Components.Dags;

/// <summary>How a param is typed in the trigger form.</summary>
public enum ParamEditor
{
    /// <summary>One line.</summary>
    Text,

    /// <summary>Several lines.</summary>
    Multiline,

    /// <summary>A number.</summary>
    Number,

    /// <summary>On or off.</summary>
    Switch,

    /// <summary>A day.</summary>
    Date,

    /// <summary>An instant, in UTC.</summary>
    DateTime,

    /// <summary>A time of day.</summary>
    Time,

    /// <summary>One of several values.</summary>
    Choice,

    /// <summary>Any of several values.</summary>
    Choices,

    /// <summary>A list of texts, one per line.</summary>
    Lines,

    /// <summary>Anything else, as JSON.</summary>
    Json,

    /// <summary>Nothing to type: the schema allows one value.</summary>
    Hidden,
}

/// <summary>Chooses the editor of a param by its schema as Airflow's trigger form does, and without one by its default.</summary>
internal static class ParamEditors
{
    public static ParamEditor Of(Param param)
    {
        var type = param.Types.FirstOrDefault(type => type != "null");
        return param.Schema.ContainsKey("const") ? ParamEditor.Hidden
            : param.Schema["enum"] is JsonArray ? ParamEditor.Choice
            : type is null ? OfDefault(param)
            : type switch
            {
                "boolean" => ParamEditor.Switch,
                "integer" or "number" => ParamEditor.Number,
                "array" => OfList(param),
                "object" => ParamEditor.Json,
                _ => OfText(param),
            };
    }

    private static ParamEditor OfText(Param param) => param.Word("format") switch
    {
        "date" => ParamEditor.Date,
        "date-time" => ParamEditor.DateTime,
        "time" => ParamEditor.Time,
        "multiline" => ParamEditor.Multiline,
        _ => ParamEditor.Text,
    };

    private static ParamEditor OfList(Param param)
    {
        if (param.Schema["examples"] is JsonArray || param.Schema["items"]?["enum"] is JsonArray) return ParamEditor.Choices;
        return param.Schema["items"] is not JsonObject items || items["type"] is null || items["type"]!.ToString() == "string" ? ParamEditor.Lines : ParamEditor.Json;
    }

    private static ParamEditor OfDefault(Param param) => (param.Default?.GetValueKind() ?? JsonValueKind.Null) switch
    {
        JsonValueKind.True or JsonValueKind.False => ParamEditor.Switch,
        JsonValueKind.Number => ParamEditor.Number,
        JsonValueKind.Object or JsonValueKind.Array => ParamEditor.Json,
        _ => OfText(param),
    };
}

using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Pipelines.Model.Templates;

/// <summary>
/// Native objects (airflow-semantics.md §22): what a template gives keeps its type, and a text that is a literal of Python becomes its value, as
/// with Jinja's NativeEnvironment.
/// </summary>
internal static partial class NativeValue
{
    /// <summary>The value of a rendered template.</summary>
    /// <param name="value">Of a template that is one <c>{{ … }}</c>, otherwise its text.</param>
    public static JsonNode? Of(object? value)
    {
        if (value is string text) return TryLiteral(text, out var literal) ? TemplateJson.ToJson(literal) : text;
        return value is null or bool or long or double or TemplateList or TemplateDict or TemplateDate ? TemplateJson.ToJson(value) : PythonText.Str(value);
    }

    /// <summary>As the text of an input: a text as it is, None as nothing, anything else as JSON.</summary>
    public static string? Text(JsonNode? value) => value is JsonValue known && known.TryGetValue<string>(out var text) ? text : value is null ? null : PythonJson.Write(value, indented: false);

    private static bool TryLiteral(string text, out object? value)
    {
        value = null;
        // To Python an indented text is none, nor one with a number such as 007, nor the words that only Jinja knows.
        if (text.Length == 0 || char.IsWhiteSpace(text[0]) || NotPython().IsMatch(text)) return false;
        try
        {
            return new JinjaParser($"{{{{ {text} }}}}").ReadAll().Statements is [ValueOutput only] && TryLiteral(only.Expression, out value);
        }
        catch (Exception error) when (error is TemplateException or TemplateFault)
        {
            return false;
        }
    }

    private static bool TryLiteral(Expression expression, out object? value)
    {
        (value, var isLiteral) = expression switch
        {
            Constant constant => (constant.Content, true),
            Unary { Operator: "-", Operand: Constant { Content: long and not long.MinValue and var number } } => ((object?)-number, true),
            Unary { Operator: "-", Operand: Constant { Content: double number } } => (-number, true),
            ListLiteral list when All(list.Items) is { } items => (new TemplateList(items, list.IsTuple), true),
            DictLiteral dict when All(dict.Items.Select(item => item.Key)) is { } keys && All(dict.Items.Select(item => item.Value)) is { } values && !keys.Contains(null) =>
                (new TemplateDict(new(keys.Zip(values).DistinctBy(item => item.First).Select(item => KeyValuePair.Create(item.First!, item.Second)))), true),
            _ => (null, false),
        };
        return isLiteral;
    }

    private static List<object?>? All(IEnumerable<Expression> expressions)
    {
        var values = new List<object?>();
        foreach (var expression in expressions)
        {
            if (!TryLiteral(expression, out var value)) return null;
            values.Add(value);
        }
        return values;
    }

    [GeneratedRegex("""^(true|false|none)$|(^|[\[({,:\s-])0[0-9]""")]
    private static partial Regex NotPython();
}

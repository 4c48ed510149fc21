using System.Collections;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using YamlDotNet.Serialization;

namespace Pipelines.UnitTests.Deployment;

/// <summary>What a name in an expression means, and how a named template is rendered.</summary>
/// <param name="Dot">The current value.</param>
/// <param name="Variables">By name with its dollar sign; <c>$</c> alone is the root.</param>
/// <param name="Include">Renders a named template.</param>
internal sealed record TemplateScope(object? Dot, Dictionary<string, object?> Variables, Func<string, object?, string> Include);

/// <summary>The expressions of Go templates and the functions of helm's that our chart uses; any other is refused.</summary>
internal static partial class TemplateExpression
{
    /// <summary>Go's truth: empty is false.</summary>
    public static bool IsTrue(object? value) => value is not (null or false or (byte)0 or 0 or 0L or "") && (value is string || value is not ICollection { Count: 0 });

    /// <summary>The value of a pipeline.</summary>
    public static object? Value(string code, TemplateScope scope)
    {
        var tokens = Token().Matches(code).Select(match => match.Value).Where(token => token.Trim().Length > 0).ToList();
        var at = 0;
        var value = Pipeline(tokens, ref at, scope);
        return at == tokens.Count ? value : throw new FormatException($"'{code}' is not understood from '{tokens[at]}' on");
    }

    /// <summary>As it is written into the text.</summary>
    public static string Text(object? value) => value switch
    {
        null => "",
        bool flag => flag ? "true" : "false",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    private static object? Pipeline(List<string> tokens, ref int at, TemplateScope scope)
    {
        var value = Command(tokens, ref at, scope, []);
        while (at < tokens.Count && tokens[at] == "|")
        {
            at++;
            value = Command(tokens, ref at, scope, [value]);
        }
        return value;
    }

    private static object? Command(List<string> tokens, ref int at, TemplateScope scope, object?[] piped)
    {
        var name = Identifier().IsMatch(tokens[at]) && tokens[at] is not ("true" or "false") ? tokens[at++] : null;
        var arguments = new List<object?>();
        while (at < tokens.Count && tokens[at] is not ("|" or ")")) arguments.Add(Operand(tokens, ref at, scope));
        if (name is not null) return Call(name, [.. arguments, .. piped], scope);
        return arguments is [var only] && piped.Length == 0 ? only : throw new FormatException("a value is no function");
    }

    private static object? Operand(List<string> tokens, ref int at, TemplateScope scope)
    {
        var token = tokens[at++];
        if (token == "(")
        {
            var value = Pipeline(tokens, ref at, scope);
            return tokens[at++] == ")" ? value : throw new FormatException("a bracket is not closed");
        }
        if (token[0] == '"') return JsonSerializer.Deserialize<string>(token);
        if (token is "true" or "false") return token == "true";
        if (long.TryParse(token, CultureInfo.InvariantCulture, out var number)) return number;
        var parts = token.Split('.');
        var from = parts[0] switch { "" => scope.Dot, ['$', ..] => scope.Variables[parts[0]], _ => throw new FormatException($"'{token}' is not understood") };
        // Unlike helm, which gives nothing for a value that is misspelled, this one refuses it.
        return parts.Skip(1).Where(part => part.Length > 0).Aggregate(from, (value, part) => ((IDictionary<object, object?>)value!)[part]);
    }

    private static object? Call(string function, object?[] given, TemplateScope scope) => (function, given) switch
    {
        ("include", [string name, var dot]) => scope.Include(name, dot),
        ("quote", [var value]) => JsonSerializer.Serialize(Text(value)),
        ("default", [var fallback, var value]) => IsTrue(value) ? value : fallback,
        ("required", [string message, var value]) => IsTrue(value) ? value : throw new InvalidOperationException(message),
        ("nindent", [long by, string text]) => "\n" + string.Join('\n', text.Split('\n').Select(line => line.Length == 0 ? line : new string(' ', (int)by) + line)),
        ("toYaml", [var value]) => new SerializerBuilder().Build().Serialize(value!).TrimEnd('\n'),
        ("toJson", [var value]) => JsonSerializer.Serialize(value),
        ("sha256sum", [string text]) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text))),
        ("trunc", [long length, string text]) => text[..Math.Min(text.Length, (int)length)],
        ("trimSuffix", [string suffix, string text]) => text.EndsWith(suffix, StringComparison.Ordinal) ? text[..^suffix.Length] : text,
        ("printf", [string format, var value]) => format.Replace("%s", Text(value), StringComparison.Ordinal),
        ("join", [string separator, IEnumerable<object?> values]) => string.Join(separator, values.Select(Text)),
        ("tuple", _) => given.ToList(),
        ("index", [IDictionary<object, object?> map, string key]) => map[key],
        ("add", [IConvertible left, IConvertible right]) => left.ToInt64(CultureInfo.InvariantCulture) + right.ToInt64(CultureInfo.InvariantCulture),
        ("not", [var value]) => !IsTrue(value),
        _ => throw new FormatException($"'{function}' with {given.Length} arguments is not in the subset that is read here"),
    };

    [GeneratedRegex(@"""(\\.|[^""\\])*""|[()|]|[^\s()|]+")]
    private static partial Regex Token();

    [GeneratedRegex(@"^[a-zA-Z]\w*$")]
    private static partial Regex Identifier();
}

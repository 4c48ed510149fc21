using System.Text.RegularExpressions;

namespace Pipelines.Cli.Terminal;

/// <summary>What was typed wrong, in words of people: the library names types of .NET.</summary>
internal static partial class Mistakes
{
    /// <summary>The library's sentence without them.</summary>
    public static string Of(string sentence) => ExpectedType().Replace(sentence, type => type.Groups[1].Value switch
    {
        var name when name.Contains("Int", StringComparison.Ordinal) => " as a whole number",
        var name when name.Contains("Boolean", StringComparison.Ordinal) => " as true or false",
        _ => "",
    });

    [GeneratedRegex(" as expected type '([^']*)'")]
    private static partial Regex ExpectedType();
}

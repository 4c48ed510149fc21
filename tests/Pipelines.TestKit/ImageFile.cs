using System.Text.Json;
using System.Text.RegularExpressions;

namespace Pipelines.TestKit;

/// <summary>The <c>Dockerfile</c>, instruction by instruction.</summary>
public sealed partial class ImageFile
{
    private ImageFile(IReadOnlyList<(string Name, string Argument)> instructions) => Instructions = instructions;

    /// <summary>All of them, continued lines joined.</summary>
    public IReadOnlyList<(string Name, string Argument)> Instructions { get; }

    /// <summary>Those of the last stage, which is the image.</summary>
    public IReadOnlyList<(string Name, string Argument)> Last => [.. Instructions.Skip(Instructions.ToList().FindLastIndex(line => line.Name == "FROM"))];

    /// <summary>What the image sets.</summary>
    public IReadOnlyDictionary<string, string> Environment => Last.Where(line => line.Name == "ENV").SelectMany(line => Pair().Matches(line.Argument))
        .ToDictionary(pair => pair.Groups[1].Value, pair => pair.Groups[2].Value);

    /// <summary>Reads it.</summary>
    public static ImageFile Read()
    {
        var text = File.ReadAllText(Path.Combine(Product.Root, "Dockerfile")).ReplaceLineEndings("\n").Replace("\\\n", " ", StringComparison.Ordinal);
        return new([.. text.Split('\n').Where(line => line.Length > 0 && line[0] != '#').Select(line => (line.Split(' ')[0], line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..].Trim()))]);
    }

    /// <summary>The words of an instruction in JSON form: ENTRYPOINT, CMD, HEALTHCHECK … CMD.</summary>
    public IReadOnlyList<string> Words(string instruction)
    {
        var argument = Last.Single(line => line.Name == instruction).Argument;
        return JsonSerializer.Deserialize<string[]>(argument[argument.IndexOf('[', StringComparison.Ordinal)..])!;
    }

    [GeneratedRegex(@"(\w+)=(\S*)")]
    private static partial Regex Pair();
}

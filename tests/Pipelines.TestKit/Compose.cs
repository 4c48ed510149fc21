using System.Text.RegularExpressions;

namespace Pipelines.TestKit;

/// <summary><c>docker-compose.yml</c>, as Compose would read it with a given <c>.env</c>.</summary>
public sealed partial class Compose
{
    private Compose(YamlMap file) => File = file;

    /// <summary>The whole file.</summary>
    public YamlMap File { get; }

    /// <summary>Names of the services.</summary>
    public IEnumerable<string> Services => File.Map("services").Keys;

    /// <summary>Names of the services that run our image.</summary>
    public IEnumerable<string> Ours => Services.Where(name => Service(name).Text("image") == "pipelines");

    /// <summary>Reads it; a variable that the file insists on and <paramref name="variables"/> lack is an error, as with Compose.</summary>
    public static Compose Read(IReadOnlyDictionary<string, string> variables)
    {
        var text = System.IO.File.ReadAllText(Path.Combine(Product.Root, "docker-compose.yml"));
        return new(YamlMap.Read(Variable().Replace(text, match =>
        {
            if (variables.GetValueOrDefault(match.Groups["name"].Value) is { Length: > 0 } value) return value;
            return match.Groups["kind"].Value == ":-" ? match.Groups["rest"].Value : throw new InvalidOperationException($"{match.Groups["name"].Value}: {match.Groups["rest"].Value}");
        }), "docker-compose.yml"));
    }

    /// <summary>One of them.</summary>
    public YamlMap Service(string name) => File.Map($"services/{name}");

    /// <summary>The environment variables that a service sets.</summary>
    public IReadOnlyDictionary<string, string> Environment(string service)
    {
        if (!Service(service).Has("environment")) return new Dictionary<string, string>();
        var map = Service(service).Map("environment");
        return map.Keys.ToDictionary(name => name, name => map.Has(name) ? map.Text(name) : "");
    }

    [GeneratedRegex(@"\$\{(?<name>\w+)(?<kind>:-|:\?)(?<rest>[^}]*)\}")]
    private static partial Regex Variable();
}

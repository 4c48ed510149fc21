using System.Reflection;

namespace Pipelines.AcceptanceTests;

/// <summary>Where the built product and the repository are.</summary>
internal static class Product
{
    /// <summary>The command line's assembly, run with <c>dotnet</c>.</summary>
    public static string Cli { get; } = Metadata("PipelinesCli");

    /// <summary>The repository.</summary>
    public static string Root { get; } = Path.GetFullPath(Metadata("RepositoryRoot"));

    private static string Metadata(string key) =>
        typeof(Product).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == key).Value!;
}

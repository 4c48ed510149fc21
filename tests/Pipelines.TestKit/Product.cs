namespace Pipelines.TestKit;

/// <summary>Where the built product and the repository are, for tests that see the product only from outside.</summary>
public static class Product
{
    /// <summary>The repository.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The command line's assembly, run with <c>dotnet</c>; of the same configuration as the tests.</summary>
    public static string Cli { get; } = Path.Combine(Root, "src", "Pipelines.Cli", "bin", Configuration, "net10.0", "pipelines.dll");

    // …/bin/Debug/net10.0/
    private static string Configuration => new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;

    private static string FindRoot()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "Pipelines.sln")))
            directory = directory.Parent ?? throw new DirectoryNotFoundException($"No Pipelines.sln above {AppContext.BaseDirectory}.");
        return directory.FullName;
    }
}

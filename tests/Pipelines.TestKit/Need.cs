using NUnit.Framework;

namespace Pipelines.TestKit;

/// <summary>What a test needs from its machine: absent means ignored with the reason on a laptop, failed when CI=true.</summary>
public static class Need
{
    private static bool InCi => Environment.GetEnvironmentVariable("CI") is "true" or "1";

    /// <summary>A program on PATH.</summary>
    /// <returns>Its full path.</returns>
    public static string Tool(string name)
    {
        var suffixes = OperatingSystem.IsWindows() ? new[] { ".exe", ".cmd" } : [""];
        var found = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(System.IO.Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .SelectMany(folder => suffixes.Select(suffix => System.IO.Path.Combine(folder, name + suffix)))
            .FirstOrDefault(File.Exists);
        if (found is null)
            Absent($"\"{name}\" is not on PATH; install it to run this test.");
        return found!;
    }

    /// <summary>A file or folder.</summary>
    public static string Path(string path)
    {
        if (!System.IO.File.Exists(path) && !Directory.Exists(path))
            Absent($"{path} does not exist; put it there to run this test.");
        return path;
    }

    /// <summary>Ends the test: ignored on a laptop, failed in CI.</summary>
    public static void Absent(string reason)
    {
        if (InCi)
            Assert.Fail(reason);
        Assert.Ignore(reason);
    }
}

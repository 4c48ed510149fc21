using Pipelines.Model.Activities;

namespace Pipelines.Activities.Processes;

/// <summary>Finds programs as a shell does.</summary>
internal static class Programs
{
    /// <summary>The full path of a program on the worker's PATH, or of a path.</summary>
    /// <exception cref="TaskFailure">It is not there (retryable: another worker may have it).</exception>
    public static string Find(string name, string advice)
    {
        var folders = name.Contains('/') ? [""] : (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries);
        return folders.Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists)
            ?? throw new TaskFailure($"Worker {Environment.MachineName} has no program '{name}'{(name.Contains('/') ? "" : " on its PATH")}. {advice}");
    }
}

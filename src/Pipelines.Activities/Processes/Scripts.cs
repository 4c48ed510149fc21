namespace Pipelines.Activities.Processes;

/// <summary>The scripts beside this file, which are part of the assembly.</summary>
internal static class Scripts
{
    /// <summary>The text of one.</summary>
    public static string Read(string name)
    {
        using var stream = typeof(Scripts).Assembly.GetManifestResourceStream($"Pipelines.Activities.Processes.{name}")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}

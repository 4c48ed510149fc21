using System.ComponentModel;
using System.Diagnostics;

namespace Pipelines.LocalCloud.Postgres;

/// <summary>A program run to its end: exit code and everything it printed. -1 when it could not be started.</summary>
internal sealed record Subprocess(int ExitCode, string Output)
{
    public static ProcessStartInfo Describe(IEnumerable<string> command, IReadOnlyDictionary<string, string>? environment = null)
    {
        var words = command.ToList();
        var start = new ProcessStartInfo(words[0], words.Skip(1)) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        // Messages are read by us (port in use, version): they must be English whatever the user's locale is.
        start.Environment["LC_ALL"] = "C";
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        return start;
    }

    public static async Task<Subprocess> RunAsync(
        IEnumerable<string> command, IReadOnlyDictionary<string, string>? environment, CancellationToken cancel)
    {
        using var process = new Process { StartInfo = Describe(command, environment) };
        try
        {
            process.Start();
        }
        catch (Win32Exception e)
        {
            return new Subprocess(-1, e.Message);
        }
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync(cancel);
        var errors = process.StandardError.ReadToEndAsync(cancel);
        try
        {
            await process.WaitForExitAsync(cancel);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
        return new Subprocess(process.ExitCode, (await output + await errors).Trim());
    }
}

using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using Pipelines.Model.Activities;

namespace Pipelines.Activities.Processes;

/// <summary>What to start.</summary>
/// <param name="Program">Found on PATH.</param>
/// <param name="Arguments">Seen by everybody on the machine, so never a secret.</param>
/// <param name="Directory">Where it works.</param>
/// <param name="Environment">All of its variables.</param>
internal sealed record ChildProcessStart(string Program, IReadOnlyList<string> Arguments, string Directory, IReadOnlyDictionary<string, string> Environment);

/// <summary>A process of a task. It leads a group of its own, so that all that it has started ends with it: when it ends, or is cancelled.</summary>
internal static class ChildProcess
{
    // As long as Airflow's supervisor gives between SIGTERM and SIGKILL.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    // A line longer than this comes in pieces, so that a program that never ends its line takes no memory.
    private const int LongestLine = 64 * 1024;

    private const int Terminate = 15;
    private const int Kill = 9;

    /// <summary>Runs it to its end.</summary>
    /// <param name="start">What.</param>
    /// <param name="line">Gets every line; true: of standard error. Called from two threads.</param>
    /// <param name="cancellation">SIGTERM to its group, five seconds later SIGKILL; then throws.</param>
    /// <returns>Its exit code; 128 and the number of the signal that ended it.</returns>
    /// <exception cref="TaskFailure">The program is not on this worker (not retryable).</exception>
    public static async Task<int> RunAsync(ChildProcessStart start, Action<string, bool> line, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        using var process = Start(start);
        // Nothing is typed: who asks gets the end of the input instead of waiting for ever.
        process.StandardInput.Close();
        var reading = Task.WhenAll(ReadAsync(process.StandardOutput, text => line(text, false)), ReadAsync(process.StandardError, text => line(text, true)));
        try
        {
            await process.WaitForExitAsync(cancellation);
        }
        catch (OperationCanceledException)
        {
            Signal(process, Terminate);
            await Task.WhenAny(process.WaitForExitAsync(CancellationToken.None), Task.Delay(Grace, CancellationToken.None));
            throw;
        }
        finally
        {
            // Whatever it left in the background holds its output open, too. A daemon that has left the group is not ours to end, nor to wait for.
            Signal(process, Kill);
            await Task.WhenAny(reading, Task.Delay(Grace, CancellationToken.None));
        }
        return process.ExitCode;
    }

    private static Process Start(ChildProcessStart start)
    {
        // setsid makes it the leader of a session, and so of a group, before it becomes the program: same process, no window without a group.
        var info = new ProcessStartInfo("setsid", [start.Program, .. start.Arguments])
        {
            WorkingDirectory = start.Directory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
        };
        info.Environment.Clear();
        foreach (var (name, value) in start.Environment) info.Environment[name] = value;
        try
        {
            return Process.Start(info)!;
        }
        catch (Win32Exception error)
        {
            throw new TaskFailure($"'{start.Program}' cannot be started on this worker: {error.Message}. Install it and setsid (Debian: util-linux), or give the task a queue of workers that have them.", retryable: false, inner: error);
        }
    }

    private static async Task ReadAsync(StreamReader reader, Action<string> line)
    {
        var block = new char[4096];
        var text = new StringBuilder();
        while (await reader.ReadAsync(block) is var count and > 0)
        {
            foreach (var character in block.AsSpan(0, count))
            {
                if (character != '\n') text.Append(character);
                if (character != '\n' && text.Length < LongestLine) continue;
                Take();
            }
        }
        if (text.Length > 0) Take();

        void Take()
        {
            if (text is [.., '\r']) text.Length--;
            line(text.ToString());
            text.Clear();
        }
    }

    private static void Signal(Process process, int signal) => _ = SendSignal(-process.Id, signal);

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SendSignal(int process, int signal);
}

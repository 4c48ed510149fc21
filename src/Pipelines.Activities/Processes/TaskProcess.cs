using System.Diagnostics;
using Pipelines.Model.Activities;

namespace Pipelines.Activities.Processes;

/// <summary>A program that a task runs, in a session of its own, so that its end, and the worker's, is the end of all that it started.</summary>
/// <param name="Command">The program's full path and its arguments. Everybody on the machine can read them: no secrets.</param>
/// <param name="Environment">All its environment variables.</param>
/// <param name="Folder">Where it runs; it must exist.</param>
internal sealed record TaskProcess(IReadOnlyList<string> Command, IReadOnlyDictionary<string, string> Environment, string Folder)
{
    /// <summary>
    /// The time between SIGTERM and SIGKILL: Airflow 3's (task-sdk, WatchedSubprocess.kill, escalation_delay). It ends before the
    /// engine leaves an activity behind.
    /// </summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    private const int Terminate = 15;
    private const int Kill = 9;

    /// <summary>Runs it until it has ended and nobody holds its outputs open any more, as Airflow does. Returns its exit code; 128 + n for signal n.</summary>
    /// <param name="context">The attempt.</param>
    /// <param name="talk">Writes its standard input, the first stream, and reads its standard output, the second, to the end.</param>
    /// <param name="errors">Reads its standard error to the end.</param>
    /// <param name="cancellation">Stops its whole session.</param>
    /// <exception cref="TaskFailure">It cannot be started.</exception>
    /// <exception cref="OperationCanceledException">It was stopped, and nothing of its session is left.</exception>
    public async Task<int> RunAsync(ITaskContext context, Func<Stream, Stream, Task> talk, Func<Stream, Task> errors, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        using var watch = DeathWatch.Start(System.Environment.ProcessId);
        using var process = Session.Start(Command, Environment, Folder, readsOutput: true);
        // Before it gets its input, without which it does nothing.
        watch.Guard(process.Id);
        // Streams of their own task each, and none is cancelled: a program whose output nobody reads would stand still.
        var end = Task.WhenAll(
            talk(process.StandardInput.BaseStream, process.StandardOutput.BaseStream), errors(process.StandardError.BaseStream), process.WaitForExitAsync(CancellationToken.None));
        try
        {
            await end.WaitAsync(cancellation);
            return process.ExitCode;
        }
        catch (OperationCanceledException)
        {
            await StopAsync(context, process, end);
            throw;
        }
    }

    private static async Task StopAsync(ITaskContext context, Process process, Task end)
    {
        // Before the signal: time passes from then on.
        var patience = Task.Delay(Grace, context.Time);
        Session.Signal(process, Terminate);
        // After it: a log that the database does not take makes who writes it wait.
        context.Log(LogLevel.Warning, $"Stopping: SIGTERM went to session {process.Id}.");
        if (await Task.WhenAny(end, patience) == patience) context.Log(LogLevel.Warning, $"It has not ended within {Grace.TotalSeconds:0} seconds: SIGKILL follows.");
        // In any case: what closed its outputs may have outlived the program.
        Session.Signal(process, Kill);
        if (await Task.WhenAny(end, Task.Delay(Grace, context.Time)) != end)
            context.Log(LogLevel.Warning, "Something that it started has left its session (setsid) and may still run; it holds the output open.");
    }
}

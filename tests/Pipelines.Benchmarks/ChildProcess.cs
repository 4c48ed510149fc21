using System.Diagnostics;

namespace Pipelines.Benchmarks;

/// <summary>
/// Another run of this program, so that its processor time and memory are its own. It answers each line that it reads with one line, and
/// ends when its input does.
/// </summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private readonly Process _process;

    private ChildProcess(Process process) => _process = process;

    /// <summary>The operating system's number of the process.</summary>
    public int ProcessId => _process.Id;

    /// <summary>Starts it.</summary>
    /// <param name="role">What it is to be, its only argument.</param>
    /// <param name="environment">Secrets go here, never into arguments that every user of the machine can read.</param>
    public static ChildProcess Start(string role, IReadOnlyDictionary<string, string> environment)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(ChildProcess).Assembly.Location, role]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        return new ChildProcess(Process.Start(start)!);
    }

    /// <summary>The child's side: says that it is ready, then answers until its input ends.</summary>
    public static async Task AnswerAsync(string ready, Func<string, Task<string>> answer)
    {
        Console.Out.WriteLine(ready);
        while (await Console.In.ReadLineAsync() is { } question) Console.Out.WriteLine(await answer(question));
    }

    /// <summary>The next line that it writes.</summary>
    public async Task<string> LineAsync() =>
        await _process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("The child process ended; what it wrote to standard error says why.");

    /// <summary>Asks and waits for the answer.</summary>
    public async Task<string> AskAsync(string question)
    {
        await _process.StandardInput.WriteLineAsync(question);
        return await LineAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}

using System.Diagnostics;
using System.Text;
using NUnit.Framework;

namespace Pipelines.TestKit;

/// <summary>One run of the command line, as a user's shell would start it.</summary>
public sealed class CommandLine : IAsyncDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _error = new();
    private readonly List<(Func<string, bool> Wanted, TaskCompletionSource<string> Found)> _waiting = [];

    private CommandLine(Process process) => _process = process;

    /// <summary>What it wrote so far to standard output.</summary>
    public string Output => Read(_output);

    /// <summary>What it wrote so far to standard error.</summary>
    public string Error => Read(_error);

    /// <summary>The operating system's number of the process.</summary>
    public int ProcessId => _process.Id;

    /// <summary>True when it runs no more.</summary>
    public bool HasEnded => _process.HasExited;

    /// <summary>Starts it.</summary>
    public static CommandLine Start(IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string?>? environment = null)
    {
        // A shell's background jobs ignore SIGINT and hand that on to all that they start; a user's Ctrl+C is not ignored.
        string[] command = OperatingSystem.IsLinux() ? ["env", "--default-signal=INT", "dotnet", Product.Cli] : ["dotnet", Product.Cli];
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            WorkingDirectory = Product.Root,
        };
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        foreach (var (name, value) in environment ?? new Dictionary<string, string?>()) start.Environment[name] = value;
        var run = new CommandLine(new Process { StartInfo = start });
        run._process.OutputDataReceived += (_, line) => run.Receive(run._output, line.Data);
        run._process.ErrorDataReceived += (_, line) => run.Receive(run._error, line.Data);
        run._process.Start();
        run._process.BeginOutputReadLine();
        run._process.BeginErrorReadLine();
        return run;
    }

    /// <summary>Runs it to its end.</summary>
    /// <param name="arguments">The verb and what follows it.</param>
    /// <param name="environment">Besides this process's.</param>
    /// <param name="input">What it reads from standard input; null: that stays open.</param>
    public static async Task<Finished> RunAsync(IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string?>? environment = null, string? input = null)
    {
        await using var run = Start(arguments, environment);
        if (input is not null)
        {
            await run._process.StandardInput.WriteAsync(input);
            run._process.StandardInput.Close();
        }
        return await run.EndAsync();
    }

    /// <summary>Waits for its end.</summary>
    public async Task<Finished> EndAsync()
    {
        await _process.WaitForExitAsync();
        return new Finished(_process.ExitCode, Output, Error);
    }

    /// <summary>The first line, already written or to come, of either stream that fits; fails when the process ends without it.</summary>
    public async Task<string> LineAsync(Func<string, bool> wanted)
    {
        var found = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_output)
        {
            var present = (_output.ToString() + _error).Split('\n').FirstOrDefault(wanted);
            if (present is not null) return present;
            _waiting.Add((wanted, found));
        }

        await Task.WhenAny(found.Task, _process.WaitForExitAsync());
        if (!found.Task.IsCompleted) Assert.Fail($"The process ended ({_process.ExitCode}) without the line.\n{Output}\n{Error}");
        return await found.Task;
    }

    /// <summary>Asks it to stop, as a service manager does, and waits.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            using var kill = Process.Start("kill", ["-TERM", _process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
            await kill.WaitForExitAsync();
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
            await _process.WaitForExitAsync(patience.Token);
        }

        _process.Dispose();
    }

    private string Read(StringBuilder text)
    {
        lock (_output) return text.ToString();
    }

    private void Receive(StringBuilder stream, string? line)
    {
        if (line is null) return;
        lock (_output)
        {
            stream.Append(line).Append('\n');
            foreach (var (wanted, found) in _waiting)
                if (wanted(line)) found.TrySetResult(line);
        }
    }

    /// <summary>How a run ended.</summary>
    public sealed record Finished(int ExitCode, string Output, string Error);
}

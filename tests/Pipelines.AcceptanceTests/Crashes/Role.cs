using System.Diagnostics;
using System.Globalization;
using Pipelines.TestKit;
using Pipelines.TestKit.Faults;

namespace Pipelines.AcceptanceTests.Crashes;

/// <summary>One process of the product in one role, under a supervisor that starts it again whenever it ends, as systemd or Kubernetes does.</summary>
internal sealed class Role(string verb, int number, IReadOnlyDictionary<string, string> environment) : IAsyncDisposable
{
    private const int LinesKept = 300;

    private readonly Lock _lock = new();
    private readonly Queue<string> _said = new();
    private readonly List<string> _exits = [];
    private Life? _life;
    private Task _supervising = Task.CompletedTask;
    private bool _ended;

    /// <summary>worker, scheduler or web.</summary>
    public string Verb => verb;

    /// <summary>For people, e.g. <c>worker 2</c>.</summary>
    public string Name { get; } = string.Create(CultureInfo.InvariantCulture, $"{verb} {number}");

    /// <summary>The latest process.</summary>
    public int ProcessId => _life?.Process.Id ?? 0;

    /// <summary>What the engine calls it where it stores who claimed a task, up to the process id; a random end may follow.</summary>
    public string WorkerName => $"{Environment.MachineName}:{ProcessId}";

    /// <summary>True while the process exists.</summary>
    public bool IsAlive => _life is { Process.HasExited: false };

    /// <summary>True from the line that says so to its end.</summary>
    public bool IsReady => IsAlive && _life!.Ready.Task.IsCompleted;

    /// <summary>Where a web process answers.</summary>
    public string Url { get; private set; } = "";

    /// <summary>What it said before each end that nobody brought about; must stay empty.</summary>
    public IReadOnlyList<string> Exits
    {
        get
        {
            lock (_lock) return [.. _exits];
        }
    }

    /// <summary>Starts it.</summary>
    /// <returns>When it says that it is running.</returns>
    public async Task StartAsync()
    {
        (_ended, _life) = (false, Spawn());
        _supervising = SuperviseAsync(_life);
        await _life.Ready.Task;
    }

    /// <summary>Waits until it runs again after a kill.</summary>
    public Task ReadyAsync() => Until.TrueAsync(() => Task.FromResult(IsReady), TimeSpan.FromMinutes(2), () => Task.FromResult($"{Name} does not start:\n{Said()}"));

    /// <summary>kill -9; returns when the process is gone. Its supervisor starts the next.</summary>
    /// <param name="forGood">Start none.</param>
    public async Task KillAsync(bool forGood = false)
    {
        if (_life is not { } life) return;
        (life.IsKilled, _ended) = (true, forGood);
        Signal.Send(life.Process.Id, Signal.Kill);
        await life.Process.WaitForExitAsync();
        if (forGood) await _supervising;
    }

    /// <summary>Lets it stand still.</summary>
    public void Stop() => Signal.Send(ProcessId, Signal.Stop);

    /// <summary>Lets it go on.</summary>
    public void Continue() => Signal.Send(ProcessId, Signal.Continue);

    /// <summary>Its last lines.</summary>
    public string Said()
    {
        lock (_lock) return string.Join('\n', _said);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await KillAsync(forGood: true);
        _life?.Process.Dispose();
    }

    private async Task SuperviseAsync(Life life)
    {
        while (true)
        {
            await life.Process.WaitForExitAsync();
            // Who finds no database at its start says so and ends; who ends later, for any reason, is at fault.
            if (!life.IsKilled && life.Ready.Task.IsCompleted)
                lock (_lock) _exits.Add($"{Name} ended by itself ({life.Process.ExitCode}):\n{string.Join('\n', _said.TakeLast(40))}");
            if (_ended) return;
            life = _life = Spawn();
        }
    }

    private Life Spawn()
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, WorkingDirectory = Product.Root };
        start.ArgumentList.Add(Product.Cli);
        start.ArgumentList.Add(verb);
        foreach (var (name, value) in environment) start.Environment[name] = value;
        var life = new Life(new Process { StartInfo = start });
        life.Process.OutputDataReceived += (_, line) => Hear(line.Data, life);
        life.Process.ErrorDataReceived += (_, line) => Hear(line.Data, life);
        life.Process.Start();
        life.Process.BeginOutputReadLine();
        life.Process.BeginErrorReadLine();
        return life;
    }

    private void Hear(string? line, Life life)
    {
        if (line is null) return;
        lock (_lock)
        {
            _said.Enqueue(line);
            if (_said.Count > LinesKept) _said.Dequeue();
        }
        if (!line.StartsWith($"{verb} is running", StringComparison.Ordinal)) return;
        if (line.IndexOf("http://", StringComparison.Ordinal) is var url and >= 0) Url = line[url..line.IndexOf(';', StringComparison.Ordinal)];
        life.Ready.TrySetResult();
    }

    private sealed record Life(Process Process)
    {
        public TaskCompletionSource Ready { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool IsKilled { get; set; }
    }
}

using System.Globalization;

namespace Pipelines.AcceptanceTests.Crashes;

/// <summary>One kill.</summary>
/// <param name="At">When the process was gone.</param>
/// <param name="Victim">worker, scheduler, web, postmaster or postgres (all its processes).</param>
/// <param name="Step">Where it stood, or "at random".</param>
/// <param name="Worker">A worker's name in the database; empty for other victims.</param>
internal sealed record Kill(DateTime At, string Victim, string Step, string Worker)
{
    /// <summary>True for the name that the engine stored of this worker.</summary>
    public bool IsOf(string worker) => Worker.Length > 0 && $"{worker}:".StartsWith($"{Worker}:", StringComparison.Ordinal);

    /// <summary>The database went, and whatever was done in it.</summary>
    public bool IsOfDatabase => Victim is "postmaster" or "postgres";
}

/// <summary>Kills processes of an installation, at steps and at random moments, without waiting for anything to recover.</summary>
internal sealed class Killer(Installation installation, Random random)
{
    private static readonly TimeSpan TrapPatience = TimeSpan.FromSeconds(1.5);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(600);

    private readonly List<Kill> _kills = [];

    /// <summary>What it has done.</summary>
    public IReadOnlyList<Kill> Kills => _kills;

    /// <summary>Kills one process.</summary>
    public Task NextAsync() => random.Next(100) switch
    {
        < 68 => RoleAsync("worker", Step.OfTask, atStep: random.Next(100) < 75),
        < 84 => RoleAsync("scheduler", Step.OfScheduler, atStep: random.Next(100) < 60),
        < 92 => RoleAsync("web", [], atStep: false),
        < 96 => PostgresAsync(wholeCluster: false),
        _ => PostgresAsync(wholeCluster: true),
    };

    private async Task RoleAsync(string verb, IReadOnlyList<Step> steps, bool atStep)
    {
        var step = atStep ? steps[random.Next(steps.Count)] : null;
        if (step is not null && await installation.TryCatchAsync(step, verb, TrapPatience) is { } caught)
        {
            await KillAsync(caught.Role, step.Name);
            caught.Hold.Cut();
            return;
        }

        var ready = installation.All(verb).Where(role => role.IsReady).ToList();
        // All of them are being started: somebody else's turn.
        if (ready.Count == 0) return;
        await Task.Delay(LongestPause * random.NextDouble());
        await KillAsync(ready[random.Next(ready.Count)], "at random");
    }

    private async Task KillAsync(Role role, string step)
    {
        var worker = role.Verb == "worker" ? role.WorkerName : "";
        await role.KillAsync();
        Note(role.Verb, step, worker);
    }

    private async Task PostgresAsync(bool wholeCluster)
    {
        var step = random.Next(100) < 60 ? Step.OfTask[random.Next(Step.OfTask.Count)] : null;
        using var hold = step?.Set(installation);
        var isCaught = hold is not null && await Task.WhenAny(hold.CaughtAsync(), Task.Delay(TrapPatience)) is Task<System.Net.IPEndPoint>;
        await installation.Database.KillAsync(wholeCluster);
        Note(wholeCluster ? "postgres" : "postmaster", isCaught ? step!.Name : "at random", "");
        hold?.Release();
        await installation.Database.StartAgainAsync();
    }

    private void Note(string victim, string step, string worker)
    {
        _kills.Add(new Kill(DateTime.UtcNow, victim, step, worker));
        TestContext.Progress.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{DateTime.UtcNow:HH:mm:ss} kill {_kills.Count}: {victim} {worker} {step}"));
    }
}

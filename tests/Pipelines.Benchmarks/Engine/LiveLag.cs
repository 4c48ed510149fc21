using Pipelines.Engine.Operations;

namespace Pipelines.Benchmarks.Engine;

/// <summary>From the trigger of a live run to the begin of its task's code, with nothing else to do and beside a backfill that keeps all workers busy.</summary>
internal static class LiveLag
{
    private const int Workers = 8;
    private const int Runs = 200;
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(50);

    public static async Task RunAsync()
    {
        var (live, past) = (new NoOp(), new Pause(TimeSpan.FromMilliseconds(20)));
        await using var engine = await EngineUnderTest.StartAsync(Workers, [live, past]);
        await engine.AddAsync(new BenchmarkDag("live", "NoOp", 1, ChainLength: 1));
        await engine.AddAsync(new BenchmarkDag("past", "Pause", 10, ChainLength: 10) { Schedule = "@daily", IsPaused = false });
        await LagsAsync(engine, live, runs: 20);
        await engine.ExecuteAsync("VACUUM ANALYZE");

        Print("alone", await LagsAsync(engine, live, Runs));
        await engine.Get<CreateBackfill>().ExecuteAsync(Request, EngineUnderTest.Person, CancellationToken.None);
        // All workers are at it.
        while (await LeftAsync(engine) > 9_900) await Task.Delay(Between);
        var beside = await LagsAsync(engine, live, Runs);
        Print($"beside a backfill of {BackfillTime.Windows} windows", beside);
        await PrintStagesAsync(engine);
        Console.WriteLine($"{await LeftAsync(engine)} of its {BackfillTime.Windows * 10} tasks were left when the last live run had begun.");
    }

    private static BackfillRequest Request => BackfillTime.Of("past", 2000) with { MaxActiveRuns = 32 };

    private static Task<long> LeftAsync(EngineUnderTest engine) =>
        engine.ScalarAsync<long>("SELECT count(*) FROM pipelines.task_instance ti JOIN pipelines.dag_run r ON r.id = ti.dag_run_id WHERE r.dag_id = 'past' AND ti.state <> 'success'");

    /// <summary>Where the time of the last runs went, by the moments that are stored; each is when its transaction began.</summary>
    private static async Task PrintStagesAsync(EngineUnderTest engine)
    {
        foreach (var (name, from, to) in ((string, string, string)[])[("made -> run starts", "r.queued_at", "r.start_date"), ("run starts -> planned", "r.start_date", "ti.scheduled_at"), ("planned -> slot", "ti.scheduled_at", "ti.queued_at"), ("slot -> claimed", "ti.queued_at", "ti.start_date")])
        {
            var median = await engine.ScalarAsync<double>($"""
                SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM {to} - {from})::double precision * 1000)
                FROM (SELECT * FROM pipelines.dag_run WHERE dag_id = 'live' ORDER BY id DESC LIMIT {Runs}) r JOIN pipelines.task_instance ti ON ti.dag_run_id = r.id
                """);
            Console.WriteLine(FormattableString.Invariant($"{name,60} P50 {median:0.0} ms"));
        }
    }

    private static async Task<Samples> LagsAsync(EngineUnderTest engine, NoOp live, int runs)
    {
        List<double> lags = [];
        for (var number = 0; number < runs; number++)
        {
            var triggered = TimeProvider.System.GetTimestamp();
            var run = await engine.TriggerAsync("live");
            (long Began, long Ended) times;
            while (!live.Times.TryGetValue((run.RunId, "task_0"), out times)) await Task.Delay(1);
            lags.Add(TimeProvider.System.GetElapsedTime(triggered, times.Began).TotalMilliseconds);
            await Task.Delay(Between);
        }
        return new Samples(lags);
    }

    private static void Print(string what, Samples lags)
    {
        lags.Print($"live: trigger -> begin of the task, {what}", "ms");
        Console.WriteLine(FormattableString.Invariant($"{"",60} P99 {lags.At(0.99):0.0} ms"));
    }
}

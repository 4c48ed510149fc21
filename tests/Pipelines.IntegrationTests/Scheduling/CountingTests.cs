using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Pipelines.Engine.Scheduling;
using Pipelines.Engine.Telemetry;
using Pipelines.IntegrationTests.Storage;
using Pipelines.Model.Runs;
using Pipelines.Storage.Runs;

namespace Pipelines.IntegrationTests.Scheduling;

/// <summary>What is counted has happened: a transaction that is rolled back, and perhaps tried again, counts nothing.</summary>
public sealed class CountingTests
{
    [Test]
    public async Task The_end_of_a_run_is_counted_once_it_is_committed()
    {
        var counted = new ConcurrentQueue<string>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, owner) =>
        {
            if (instrument.Meter.Name == EngineMeter.Name && instrument.Name == "pipelines.dagrun.duration") owner.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<double>((_, _, tags, _) => counted.Enqueue($"{tags[0].Value}"));
        listener.Start();
        await using var bench = await EngineBench.CreateAsync();
        await bench.AddDagAsync("counted_late", "a");
        var claim = (await bench.ClaimAsync(await bench.TriggerAsync("counted_late"), "a"))!;

        await using (var tx = await bench.Database.BeginAsync())
        {
            await LeaseTable.EndAsync(tx, new AttemptEnd
            {
                TaskInstanceId = claim.TaskInstance.Id,
                Token = claim.TaskInstance.Token,
                From = TaskState.Running,
                To = TaskState.Success,
                AttemptState = TaskState.Success,
            }, bench.Now);
            await bench.Get<RunPlanning>().PlanAsync(tx, claim.TaskInstance.DagRunId, bench.Now);
        }
        Assert.That(counted, Does.Not.Contain("counted_late"));

        await bench.ReportAsync(claim, TaskState.Success);
        Assert.That(counted.Count(dagId => dagId == "counted_late"), Is.EqualTo(1));
    }

    [Test]
    public async Task What_follows_a_commit_does_not_follow_a_part_that_was_undone()
    {
        await using var migrated = await Migrated.CreateAsync();
        List<string> done = [];
        await migrated.Database.InTransactionAsync(async tx =>
        {
            tx.AfterCommit(() => done.Add("first"));
            Assert.That(() => tx.UndoingAsync(() =>
            {
                tx.AfterCommit(() => done.Add("undone"));
                return Task.FromException<bool>(new IOException());
            }), Throws.TypeOf<IOException>());
            await tx.UndoingAsync(() =>
            {
                tx.AfterCommit(() => done.Add("second"));
                return Task.FromResult(true);
            });
            Assert.That(done, Is.Empty);
        });
        Assert.That(done, Is.EqualTo(new[] { "first", "second" }));
    }
}

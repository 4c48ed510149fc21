using Microsoft.Extensions.Hosting;
using Pipelines.Engine.Scheduling;
using Pipelines.Storage;
using Pipelines.Storage.Dags;

namespace Pipelines.IntegrationTests.Scheduling;

/// <summary>A running scheduler hears of files by itself: its next look at the folder would come after hours (airflow-semantics.md §25).</summary>
public class FolderHostTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Test]
    public async Task A_saved_file_is_live_and_a_deleted_one_is_stale_with_its_history_kept()
    {
        await using var bench = await EngineBench.CreateAsync(settings => settings with { FolderInterval = TimeSpan.FromHours(1), FolderQuiet = TimeSpan.FromMilliseconds(50) });
        await bench.AddDagAsync("first", "a");
        var run = await bench.TriggerAsync("first");
        using var stop = new CancellationTokenSource(Patience);
        await using var heard = bench.Database.ListenAsync([Topic.DagChanged], TimeSpan.FromSeconds(1), TimeProvider.System, stop.Token).GetAsyncEnumerator();
        Assert.That(await heard.MoveNextAsync(), Is.True, "it listens");
        var host = bench.Get<IEnumerable<IHostedService>>().OfType<SchedulerHost>().Single();
        await host.StartAsync(stop.Token);
        try
        {
            bench.Write("second", DagJson.Of("second", "a"));
            await UntilAsync(heard, async () => await FindAsync(bench, "second") is { IsStale: false });

            // As an editor replaces a file: the old one goes, and the new one comes.
            File.Move(Path.Combine(bench.Folder, "second.json"), Path.Combine(bench.Folder, "second.json~"));
            bench.Write("second", DagJson.Of("second", "a", ("description", "another")));
            await UntilAsync(heard, async () => (await FindAsync(bench, "second"))!.Description == "another");

            File.Delete(Path.Combine(bench.Folder, "first.json"));
            await UntilAsync(heard, async () => (await FindAsync(bench, "first"))!.IsStale);
            Assert.That((await bench.RunAsync(run.Id)).RunId, Is.EqualTo(run.RunId));
        }
        finally
        {
            await host.StopAsync(CancellationToken.None);
        }
    }

    private static async Task UntilAsync(IAsyncEnumerator<Notification> heard, Func<Task<bool>> holds)
    {
        while (!await holds()) Assert.That(await heard.MoveNextAsync(), Is.True);
    }

    private static Task<StoredDag?> FindAsync(EngineBench bench, string dagId) => bench.Database.InTransactionAsync(tx => DagTable.FindAsync(tx, dagId));
}

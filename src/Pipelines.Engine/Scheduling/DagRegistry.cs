using Pipelines.Model.Dags;
using Pipelines.Storage;
using Pipelines.Storage.Assets;
using Pipelines.Storage.Dags;
using Pipelines.Storage.Runs;

namespace Pipelines.Engine.Scheduling;

/// <summary>A DAG file that was read without errors.</summary>
/// <param name="Dag">What it says.</param>
/// <param name="Hash">Of what matters to a run.</param>
/// <param name="FileName">Relative to the DAG folder.</param>
/// <param name="Text">The file's text.</param>
internal sealed record DagFileContent(Dag Dag, string Hash, string FileName, string Text)
{
    /// <summary>What of it is without effect, for people.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }
}

/// <summary>The one way by which a DAG file becomes a stored DAG with a version, whether a person wrote the file or the designer did.</summary>
internal static class DagRegistry
{
    /// <summary>Stores it; new runs use it from the commit on.</summary>
    /// <param name="tx">Holds the DAG's lock.</param>
    /// <param name="before">The DAG as it is stored; null: it is new.</param>
    /// <param name="file">What to store.</param>
    /// <param name="publishedBy">Who published it in the designer; null: it was found in the folder.</param>
    /// <param name="now">The moment.</param>
    public static async Task StoreAsync(Transaction tx, StoredDag? before, DagFileContent file, string? publishedBy, DateTimeOffset now)
    {
        var dag = file.Dag;
        await DagTable.PutAsync(tx, new StoredDag
        {
            DagId = dag.DagId,
            FileName = file.FileName,
            DisplayName = dag.DagDisplayName,
            Description = dag.Description,
            TimetableSummary = dag.Timetable.Summary,
            Owner = dag.Owner,
            Tags = [.. dag.Tags],
            MaxActiveRuns = dag.MaxActiveRuns,
            IsPaused = dag.IsPausedUponCreation,
        });
        await AssetTable.StoreAsync(tx, dag, now);
        await PoolTable.NameAsync(tx, dag.DagId, dag.Tasks.Select(task => task.Pool));
        await DagWarningTable.ReplaceAsync(tx, dag.DagId, file.Warnings);
        await StoreVersionAsync(tx, before?.CurrentVersionId, file, publishedBy, now);
        var last = await DagRunTable.LastAutomatedAsync(tx, dag.DagId);
        await DagTable.SetNextAsync(tx, dag.DagId, dag.Timetable.NextRun(last, RunCreation.Restriction(dag), now));
        await tx.NotifyAsync(Topic.DagChanged, dag.DagId);
    }

    private static async Task StoreVersionAsync(Transaction tx, long? currentId, DagFileContent file, string? publishedBy, DateTimeOffset now)
    {
        var dagId = file.Dag.DagId;
        var content = new DagVersionContent(file.Hash, file.Text, file.Dag.TemplateFiles.Texts);
        if (currentId is { } id)
        {
            var current = await DagVersionTable.FindAsync(tx, id);
            if (current!.FileText == file.Text && AreSame(current.Templates, content.Templates)) return;
            // Who publishes wants to find each published state again; a person's editor saves a file many times on the way to one.
            var mayOverwrite = publishedBy is null || current.Hash == file.Hash;
            if (mayOverwrite && await DagVersionTable.OverwriteAsync(tx, id, content, publishedBy ?? (current.Hash == file.Hash ? current.PublishedBy : null), now)) return;
        }
        await DagTable.SetVersionAsync(tx, dagId, await DagVersionTable.AddAsync(tx, dagId, content, publishedBy, now));
    }

    private static bool AreSame(IReadOnlyDictionary<string, string> some, IReadOnlyDictionary<string, string> others) =>
        some.Count == others.Count && some.All(file => others.TryGetValue(file.Key, out var text) && text == file.Value);
}

using Pipelines.Storage;
using Pipelines.Storage.Dags;

namespace Pipelines.Engine.Operations.Authoring;

/// <summary>The text of the file that a DAG's new runs use.</summary>
public static class PublishedText
{
    /// <summary>Null: no such DAG, or its file is gone.</summary>
    public static async Task<string?> FindAsync(Transaction tx, string dagId) =>
        await DagTable.FindAsync(tx, dagId) is { IsStale: false, CurrentVersionId: { } version } ? (await DagVersionTable.FindAsync(tx, version))?.FileText : null;
}

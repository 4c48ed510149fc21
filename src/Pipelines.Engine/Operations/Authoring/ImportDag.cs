using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Pipelines.Model.Dags;
using Pipelines.Model.Designer;
using Pipelines.Storage;
using Pipelines.Storage.Access;
using Pipelines.Storage.Dags;

namespace Pipelines.Engine.Operations.Authoring;

/// <summary>Takes a definition from outside, or a new one, as a draft under an id of its own.</summary>
public sealed partial class ImportDag(Database database, SaveDraft save, TimeProvider time)
{
    /// <summary>The dag_id that a name gives: <c>Workflow 1</c> becomes <c>workflow_1</c>.</summary>
    public static string DagIdOf(string name)
    {
        var id = NotInKeys().Replace(name.Trim().ToLowerInvariant(), "_").Trim('_');
        return id.Length == 0 ? "dag" : id.Length > AirflowKey.MaxLength ? id[..AirflowKey.MaxLength] : id;
    }

    /// <summary>True when neither a DAG nor a draft has this id.</summary>
    public Task<bool> IsFreeAsync(string dagId, CancellationToken cancellation) => database.InTransactionAsync(async tx =>
        await DagTable.FindAsync(tx, dagId) is null or { IsStale: true } && await DagDraftTable.FindAsync(tx, dagId) is null, cancellation);

    /// <summary>Imports a file: into the DAG of its definitionId, or a new one.</summary>
    /// <exception cref="OperationException">See <see cref="SaveDraft"/>.</exception>
    public async Task<string> ExecuteAsync(JsonObject definition, Actor actor, CancellationToken cancellation)
    {
        var named = definition.Text("definitionId") is { Length: > 0 } id ? id : null;
        var dagId = named is null ? await FreeIdAsync(definition, cancellation) : AirflowKey.IsValid(named) ? named : DagIdOf(named);
        await save.ExecuteAsync(dagId, definition, actor, cancellation);
        await database.InTransactionAsync(tx => EventLogTable.AddAsync(tx, new Event("import_dag", actor.Name) { DagId = dagId }, time.GetUtcNow()), cancellation);
        return dagId;
    }

    /// <summary>Begins a DAG as Studio's "Create" does: with nothing but a name. Its settings activity is there from the start, since no DAG is without.</summary>
    /// <exception cref="OperationException">See <see cref="SaveDraft"/>.</exception>
    public async Task<string> CreateAsync(JsonObject definition, Actor actor, CancellationToken cancellation)
    {
        var dagId = await FreeIdAsync(definition, cancellation);
        // A duplicate brings the mark of its original, whose file is not its own.
        DraftMark.TakeOff(definition);
        if (definition["root"] is not JsonObject root) definition["root"] = root = new JsonObject { ["id"] = "flow1", ["type"] = "Elsa.Flowchart", ["version"] = 1 };
        if (root["activities"] is not JsonArray { Count: > 0 })
        {
            root["activities"] = new JsonArray(new JsonObject
            {
                ["id"] = "dag",
                ["name"] = "dag",
                ["type"] = DagInputs.TypeName,
                ["version"] = 1,
                ["metadata"] = new JsonObject { ["designer"] = new JsonObject { ["position"] = new JsonObject { ["x"] = 0, ["y"] = -140 } } },
            });
        }
        await save.ExecuteAsync(dagId, definition, actor, cancellation);
        return dagId;
    }

    private async Task<string> FreeIdAsync(JsonObject definition, CancellationToken cancellation)
    {
        var wanted = DagIdOf(definition.Text("name") ?? "");
        for (var number = 1; ; number++)
        {
            var dagId = number == 1 ? wanted : $"{wanted[..Math.Min(wanted.Length, AirflowKey.MaxLength - 6)]}_{number}";
            if (await IsFreeAsync(dagId, cancellation)) return dagId;
        }
    }

    [GeneratedRegex("[^a-z0-9._-]+")]
    private static partial Regex NotInKeys();
}

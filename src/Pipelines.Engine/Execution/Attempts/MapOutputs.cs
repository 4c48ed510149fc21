using System.Text.Json.Nodes;
using Pipelines.Model.Activities;
using Pipelines.Model.Mapping;
using Pipelines.Model.Templates;
using Pipelines.Storage;
using Pipelines.Storage.Runs;

namespace Pipelines.Engine.Execution.Attempts;

/// <summary>The results of a run that an attempt is mapped over. Reads those that it is asked for, and waits for the database.</summary>
internal sealed class MapOutputs(TemplateContext context, long dagRunId, Database database, TimeProvider time, CancellationToken cancellation) : IMapOutputs
{
    private readonly Dictionary<string, JsonNode?> _results = new(StringComparer.Ordinal);

    public int? Length(string taskId) => IsMapped(taskId)
        ? Wait(tx => XComTable.LengthsAsync(tx, dagRunId, [taskId], IXCom.ReturnValue)).GetValueOrDefault(taskId)
        : MapItems.Count(Result(taskId));

    // Of a wide mapped task only the one value is read: all of them, by each task instance after it, would be its square.
    public JsonNode? Item(string taskId, int index) => IsMapped(taskId)
        ? Wait(tx => XComTable.PullAtAsync(tx, dagRunId, taskId, IXCom.ReturnValue, index))
        : MapItems.At(Result(taskId)!, index);

    public JsonNode? Make(string template, JsonNode? item) => MapTemplate.Render(template, item, context);

    private bool IsMapped(string taskId) => context.Dag.TasksById[taskId].Mapping is not null;

    private JsonNode? Result(string taskId) =>
        _results.TryGetValue(taskId, out var known) ? known : _results[taskId] = Wait(tx => XComTable.PullAsync(tx, dagRunId, taskId, IXCom.ReturnValue));

    private T Wait<T>(Func<Transaction, Task<T>> read) => database.PatientlyAsync(read, time, cancellation).GetAwaiter().GetResult();
}

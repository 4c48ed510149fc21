using System.Text.Json.Nodes;
using Pipelines.Engine.Telemetry;
using Pipelines.Model.Activities;
using Pipelines.Model.Connections;
using Pipelines.Model.Dags;
using Pipelines.Model.Runs;
using Pipelines.Model.Templates;
using Pipelines.Storage;
using Pipelines.Storage.Assets;
using Pipelines.Storage.Runs;
using Pipelines.Storage.Secrets;

namespace Pipelines.Engine.Execution.Attempts;

/// <summary>Renders the inputs of an attempt and keeps them for people to see, without secrets.</summary>
internal sealed class InputRendering(Database database, SeenSecrets secrets, TimeProvider time)
{
    // Airflow's core.max_templated_field_length.
    private const int LongestShown = 4096;

    /// <summary>Renders and stores.</summary>
    /// <exception cref="TaskFailure">An input cannot be rendered (not retryable).</exception>
    public async Task<RenderedInputs> RenderAsync(Assignment assignment, ActivityDescriptor descriptor, CancellationToken cancellation)
    {
        using var step = AttemptWatch.Step("render");
        var inputs = await RenderAsync(assignment, descriptor, assignment.Run.Id, cancellation);
        if (inputs.Values.Count > 0) await database.PatientlyAsync(
            tx => TaskAttemptTable.SetRenderedInputsAsync(tx, assignment.TaskInstance.Id, assignment.TaskInstance.Token, Shown(inputs).ToJsonString()), time, cancellation);
        return inputs;
    }

    /// <summary>Renders and stores nothing.</summary>
    /// <param name="assignment">What is to run.</param>
    /// <param name="descriptor">Of its activity.</param>
    /// <param name="xcomRunId">The run whose XComs are seen; null: none are.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="TaskFailure">As there.</exception>
    public Task<RenderedInputs> RenderAsync(Assignment assignment, ActivityDescriptor descriptor, long? xcomRunId, CancellationToken cancellation)
    {
        secrets.Add(assignment.Run.Conf);
        var context = new TemplateContext(
            assignment.Dag, assignment.Run, assignment.Task, assignment.TaskInstance.TryNumber, LookupsOf(assignment.Run, xcomRunId, cancellation), assignment.TaskInstance.MapIndex)
        {
            Params = assignment.Params,
            Now = time.GetUtcNow(),
        };
        if (assignment.Task.Inputs.All(input => input.Value.Syntax == ExpressionSyntax.Literal)) return Task.FromResult(InputRenderer.Render(descriptor, context));
        // Templates look up what they name when they reach it, and wait for it. On a thread of its own, so that many attempts that start
        // at once cannot use up the pool which has to answer them.
        return Task.Factory.StartNew(
            () => InputRenderer.Render(descriptor, context), cancellation, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>Inputs as people may see them.</summary>
    public JsonObject Shown(RenderedInputs inputs) => new(inputs.Values.Select(input => KeyValuePair.Create(input.Key, Shown(input.Key, input.Value))));

    private TemplateLookups LookupsOf(DagRun run, long? xcomRunId, CancellationToken cancellation)
    {
        return new(Variable, id => secrets.FindConnectionAsync(database, id, time, cancellation).GetAwaiter().GetResult(), XCom)
        {
            TriggeringAssetEvents = () => run.RunType == DagRunType.AssetTriggered ? TriggeringEvents.Of(Wait(tx => AssetEventTable.OfRunAsync(tx, run.Id))) : [],
            PreviousSuccess = () => run.LogicalDate is { } date ? Wait(tx => DagRunQueries.SuccessBeforeAsync(tx, run.DagId, date)) : null,
        };

        string? Variable(string key)
        {
            var value = WorkerEnvironment.Variable(key) ?? Wait(tx => VariableTable.FindAsync(tx, key));
            if (SecretMask.IsSensitive(key)) secrets.Add(value);
            return value;
        }

        JsonNode? XCom(string taskId, string key) => xcomRunId is { } known ? Wait(tx => XComTable.PullAsync(tx, known, taskId, key)) : null;

        T Wait<T>(Func<Transaction, Task<T>> read) => database.PatientlyAsync(read, time, cancellation).GetAwaiter().GetResult();
    }

    private JsonNode? Shown(string name, string? value)
    {
        if (value is null) return null;
        if (SecretMask.IsSensitive(name)) return SecretMask.Replacement;
        return Excerpt.Of(secrets.Apply(value), LongestShown);
    }
}

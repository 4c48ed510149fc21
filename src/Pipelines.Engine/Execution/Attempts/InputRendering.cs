using System.Text.Json.Nodes;
using Pipelines.Engine.Telemetry;
using Pipelines.Model.Activities;
using Pipelines.Model.Connections;
using Pipelines.Model.Dags;
using Pipelines.Model.Templates;
using Pipelines.Storage;
using Pipelines.Storage.Runs;

namespace Pipelines.Engine.Execution.Attempts;

/// <summary>Renders the inputs of an attempt and keeps them for people to see, without secrets.</summary>
internal sealed class InputRendering(Database database, SeenSecrets secrets, TimeProvider time)
{
    // Airflow's core.max_templated_field_length.
    private const int LongestShown = 4096;

    // Airflow's rendered_map_index.
    private const int LongestName = 250;

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
        var context = ContextOf(assignment, xcomRunId, cancellation);
        if (assignment.Task.Mapping is null && assignment.Dag.TemplateFiles.Texts.Count == 0 && assignment.Task.Inputs.All(input => input.Value.Syntax == ExpressionSyntax.Literal)) return Task.FromResult(InputRenderer.Render(descriptor, context));
        return Apart(() => InputRenderer.Render(descriptor, WithMapped(context, assignment, xcomRunId, cancellation)), cancellation);
    }

    /// <summary>Names a mapped task instance for people, if its task has a template for that.</summary>
    /// <exception cref="TemplateException">The template cannot be rendered.</exception>
    public async Task NameAsync(Assignment assignment, RenderedInputs inputs, CancellationToken cancellation)
    {
        if (assignment.Task.MapIndexTemplate is not { } template || assignment.TaskInstance.MapIndex < 0) return;
        var context = ContextOf(assignment, assignment.Run.Id, cancellation) with { Inputs = inputs };
        var name = Excerpt.Of(StorableText.Of(secrets.Apply(await Apart(() => JinjaTemplate.Parse(template).Render(assignment.Task.MappedGroupId is null ? context : WithMapped(context, assignment, assignment.Run.Id, cancellation)), cancellation))), LongestName);
        await database.PatientlyAsync(tx => TaskInstanceTable.SetRenderedMapIndexAsync(tx, assignment.TaskInstance.Id, assignment.TaskInstance.Token, name), time, cancellation);
    }

    /// <summary>Inputs as people may see them.</summary>
    public JsonObject Shown(RenderedInputs inputs) => new(inputs.Values.Select(input => KeyValuePair.Create(input.Key, Shown(input.Key, input.Value))));

    // Templates look up what they name when they reach it, and wait for it. On a thread of its own, so that many attempts that start
    // at once cannot use up the pool which has to answer them.
    private static Task<T> Apart<T>(Func<T> work, CancellationToken cancellation) =>
        Task.Factory.StartNew(work, cancellation, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private TemplateContext ContextOf(Assignment assignment, long? xcomRunId, CancellationToken cancellation) => new(
        assignment.Dag, assignment.Run, assignment.Task, assignment.TaskInstance.TryNumber, LookupsOf(assignment, xcomRunId, cancellation), assignment.TaskInstance.MapIndex)
    {
        Params = assignment.Params,
        Callback = assignment.Callback,
        LogUrl = assignment.TaskUrl?.Invoke(assignment.Key, assignment.TaskInstance.TryNumber),
        Now = time.GetUtcNow(),
    };

    private TemplateContext WithMapped(TemplateContext context, Assignment assignment, long? xcomRunId, CancellationToken cancellation)
    {
        if (assignment.Task.Mapping is not { } mapping) return context;
        var values = mapping.Values(assignment.TaskInstance.MapIndex, new MapOutputs(context, xcomRunId ?? 0, database, time, cancellation));
        return assignment.Task.MappedGroupId is null ? context with { Mapped = values } : context with { Group = values };
    }

    private TemplateLookups LookupsOf(Assignment assignment, long? xcomRunId, CancellationToken cancellation)
    {
        var (run, assets) = (assignment.Run, new StoredAssets(assignment, database, time));
        return new(key => secrets.FindVariableAsync(database, key, time, cancellation).GetAwaiter().GetResult(), id => secrets.FindConnectionAsync(database, id, time, cancellation).GetAwaiter().GetResult(), XCom)
        {
            TriggeringAssetEvents = () => assets.TriggeringEventsAsync(cancellation).GetAwaiter().GetResult(),
            AssetEvents = query => assets.EventsAsync(query, cancellation).GetAwaiter().GetResult(),
            PreviousSuccess = () => run.LogicalDate is { } date ? Wait(tx => DagRunQueries.SuccessBeforeAsync(tx, run.DagId, date)) : null,
        };

        IReadOnlyList<JsonNode?> XCom(XComQuery query) => xcomRunId is { } known ? Wait(tx => XComTable.PullAllAsync(tx, known, query)) : [];

        T Wait<T>(Func<Transaction, Task<T>> read) => database.PatientlyAsync(read, time, cancellation).GetAwaiter().GetResult();
    }

    private JsonNode? Shown(string name, string? value)
    {
        if (value is null) return null;
        if (SecretMask.IsSensitive(name)) return SecretMask.Replacement;
        return Excerpt.Of(secrets.Apply(value), LongestShown);
    }
}

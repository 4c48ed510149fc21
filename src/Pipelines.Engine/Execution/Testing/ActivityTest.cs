using System.Text.Json.Nodes;
using Pipelines.Engine.Execution.Attempts;
using Pipelines.Engine.Scheduling;
using Pipelines.Model.Activities;
using Pipelines.Model.Runs;
using Pipelines.Storage;
using Pipelines.Storage.Logs;
using LogLevel = Pipelines.Model.Activities.LogLevel;

namespace Pipelines.Engine.Execution.Testing;

/// <summary>
/// Really runs one activity of a DAG's text, with the stored connections, for the person who edits it. It is no run: no row of it stays.
/// It has a time limit.
/// </summary>
public sealed class ActivityTest(Database database, DagVersions versions, TimeProvider time, OuterSecrets? outer = null)
{
    /// <summary>The longest test: a person waits for it.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromMinutes(2);

    private static readonly WorkerOptions Options = new() { Name = "test in the designer", StopGrace = TimeSpan.Zero, CancelGrace = TimeSpan.FromSeconds(3) };
    private static readonly TaskLogLimits LogLimits = new() { HeadBytes = 256 << 10, TailBytes = 64 << 10, PendingBytes = 1 << 20 };

    /// <summary>Runs it.</summary>
    internal async Task<ActivityTestResult> RunAsync(TestSubject subject, CancellationToken cancellation)
    {
        var began = time.GetTimestamp();
        var (secrets, lines) = (new SeenSecrets(outer), new KeptLog());
        await using var log = new TaskLog(lines, secrets, time, LogLimits);
        log.Write(LogLevel.Info, subject.About);
        if (subject.Notice is { } notice) log.Write(LogLevel.Warning, notice);
        var context = new TestContext(subject, database, versions, time, log, secrets);
        var limit = subject.Assignment.Task.ExecutionTimeout is { } own && own < Longest ? own : Longest;
        var result = await new ActivityRun(Options, time, secrets, log).RunAsync(stop => WorkAsync(subject, context, secrets, log, stop), limit, CancellationToken.None, cancellation);
        cancellation.ThrowIfCancellationRequested();
        await log.EndAsync(CancellationToken.None);
        return new ActivityTestResult
        {
            State = result.AttemptState,
            Message = result.Message == AttemptResult.TimedOut(Longest).Message ? $"The test was stopped after {Longest.TotalMinutes:0} minutes. Publish the DAG and run it to let it take longer." : result.Message,
            Inputs = context.Shown,
            Outputs = Outputs(context, result, secrets),
            Log = lines.Lines,
            RunId = subject.Assignment.Run.RunId,
            Interval = subject.Assignment.Run.Interval,
            Duration = time.GetElapsedTime(began),
        };
    }

    private async Task<AttemptOutcome> WorkAsync(TestSubject subject, TestContext context, SeenSecrets secrets, TaskLog log, CancellationToken stop)
    {
        var rendering = new InputRendering(database, secrets, time);
        context.Take(await rendering.RenderAsync(subject.Assignment, subject.Activity.Descriptor, subject.XComRunId, stop), rendering);
        var outcome = await subject.Activity.RunAsync(context, stop);
        // Alone it has no tasks after it to decide of.
        return subject.Notice is null ? AttemptOutcome.Of(outcome, subject.Assignment, subject.Activity.Descriptor, log, Options.MaxMapLength) : new AttemptOutcome(outcome);
    }

    /// <summary>The members of what it returned, then what it decided of the tasks after it and what else it pushed.</summary>
    private static JsonObject Outputs(TestContext context, AttemptResult result, SeenSecrets secrets)
    {
        var outputs = new JsonObject();
        if (result.ReturnValue is JsonObject returned) foreach (var (name, value) in returned) outputs[name] = value?.DeepClone();
        else if (result.ReturnValue is { } single) outputs[IXCom.ReturnValue] = single.DeepClone();
        if (result.Decision is { } decision) outputs[DownstreamDecision.XComKey] = decision.ToJson();
        foreach (var (key, value) in context.Pushed) outputs[key] = value.DeepClone();
        return (JsonObject)JsonNode.Parse(secrets.Apply(outputs.ToJsonString()))!;
    }
}

/// <summary>What a test came to. Nothing in it holds a secret.</summary>
public sealed record ActivityTestResult
{
    /// <summary>Success, skipped or failed.</summary>
    public required TaskState State { get; init; }

    /// <summary>The failure's words, or why it was skipped; null: it succeeded.</summary>
    public string? Message { get; init; }

    /// <summary>As rendered; empty when that failed.</summary>
    public required JsonObject Inputs { get; init; }

    public required JsonObject Outputs { get; init; }

    public required IReadOnlyList<LogLine> Log { get; init; }

    /// <summary>What the activity took for its run.</summary>
    public required string RunId { get; init; }

    public Model.Timetables.DataInterval? Interval { get; init; }

    public required TimeSpan Duration { get; init; }
}

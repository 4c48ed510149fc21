using System.Text.Json;
using System.Text.Json.Nodes;
using Pipelines.Activities.Branching;
using Pipelines.Model.Activities;

namespace Pipelines.Activities;

/// <summary>Chooses which of the tasks directly after it run and skips the others, as Airflow's BranchPythonOperator.</summary>
public sealed class Branch : IActivity
{
    private const string True = "True";
    private const string False = "False";
    private const string FollowTaskIds = "followTaskIds";

    public ActivityDescriptor Descriptor { get; } = new(
        "Branch", "Branch", "Control",
        "Chooses which of the tasks directly after it run; the others are skipped.",
        [
            new(Condition.Input, InputType.String, "Condition", "True follows what is connected to the port True, false what is connected to False; Done is always followed. E.g. {{ ti.xcom_pull('count')['rows'] > 0 }} as Jinja. False are False, None, 0 and what is empty."),
            new(FollowTaskIds, InputType.StringOrList, "Follow task ids", "Instead of a condition: the id of a task directly after this one or of a task group (load for load.orders and load.items), or a JSON array of ids, e.g. {{ ti.xcom_pull('choose') }} as Jinja. Nothing or None skips all of them, whatever their port."),
        ],
        [],
        [True, False, ActivityDescriptor.Done])
    { Checks = [new([Condition.Input, FollowTaskIds], CheckOne)], Follows = [new([FollowTaskIds], inputs => TaskIds(inputs.Required(FollowTaskIds).Trim()))] };

    public Task<Outcome> RunAsync(ITaskContext context, CancellationToken cancellation)
    {
        CheckOne(context.Inputs);
        return Task.FromResult<Outcome>(Condition.Of(context.Inputs) is { } condition ? ByPort(context, condition) : ById(context.Inputs.Values[FollowTaskIds]!.Trim()));
    }

    private static void CheckOne(RenderedInputs inputs)
    {
        var follow = inputs.Values.GetValueOrDefault(FollowTaskIds);
        if ((Condition.Of(inputs) is null) == (follow is null))
            throw new TaskFailure($"A branch needs either the input '{Condition.Input}' or the input '{FollowTaskIds}', and this one has {(follow is null ? "none" : "both")}. Set one of them.", retryable: false);
    }

    private static Outcome.Succeeded ByPort(ITaskContext context, Condition condition)
    {
        context.Log(LogLevel.Info, $"{condition}.");
        return new(condition.IsTrue) { Downstream = new Downstream.FollowPorts([condition.IsTrue ? True : False]) };
    }

    private static Outcome.Succeeded ById(string follow)
    {
        var taskIds = TaskIds(follow);
        JsonNode? returned = follow.StartsWith('[') ? new JsonArray([.. taskIds.Select(taskId => JsonValue.Create(taskId))]) : taskIds is [var only] ? only : null;
        return new(returned) { Downstream = new Downstream.FollowTasks(taskIds) };
    }

    private static IReadOnlyList<string> TaskIds(string follow)
    {
        if (follow is "" or "None" or "null") return [];
        if (!follow.StartsWith('[')) return [follow];
        try
        {
            return [.. JsonNode.Parse(follow)!.AsArray().Select(taskId => taskId!.GetValue<string>())];
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or NullReferenceException)
        {
            throw new TaskFailure($"Input '{FollowTaskIds}' is '{follow}' but must be the id of a task, a JSON array of ids such as [\"a\", \"b\"], or nothing.", retryable: false, inner: error);
        }
    }
}

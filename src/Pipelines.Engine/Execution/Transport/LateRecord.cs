using Hangfire.Common;
using Hangfire.States;
using Hangfire.Storage;
using Pipelines.Model.Runs;
using Pipelines.Storage.Runs;

namespace Pipelines.Engine.Execution.Transport;

/// <summary>A task instance that Hangfire did not bring, as the job that Hangfire would have had for it.</summary>
internal static class LateRecord
{
    /// <summary>Null where it has a job, where its job is made in the usual way, or where nothing ran.</summary>
    public static NewHangfireJob? Of(HangfireView view, string? server)
    {
        var task = view.TaskInstance;
        if (task.HangfireJobId is not null || task.Token == 0 || StateOf(view, server) is not { } state) return null;
        var call = InvocationData.SerializeJob(TaskJob.JobOf(task.Id));
        return new NewHangfireJob
        {
            TaskInstanceId = task.Id,
            TaskState = task.State,
            StateName = state.Name,
            Reason = state.Reason,
            DataJson = SerializationHelper.Serialize(state.SerializeData()),
            InvocationJson = SerializationHelper.Serialize(call),
            ArgumentsJson = call.Arguments,
            ExpiresIn = state.IsFinal ? RetriesPage.AsLongAsTheTaskInstance : null,
        };
    }

    private static IState? StateOf(HangfireView view, string? server) => view.TaskInstance.State switch
    {
        TaskState.Running when server is not null => new InFastLane(view.TaskInstance, server),
        TaskState.Success or TaskState.Failed or TaskState.Skipped => JobStates.Of(view.TaskInstance, view.Queue),
        _ => null,
    };

    /// <summary>Hangfire's Processing, which it lets nobody else make.</summary>
    private sealed class InFastLane(TaskInstance task, string server) : IState
    {
        public string Name => ProcessingState.StateName;

        public string Reason => "Taken by a worker that had just ended another task";

        public bool IsFinal => false;

        public bool IgnoreJobLoadException => false;

        public Dictionary<string, string> SerializeData() => new()
        {
            ["StartedAt"] = JobHelper.SerializeDateTime(task.StartDate!.Value.UtcDateTime),
            ["ServerId"] = server,
            ["WorkerId"] = "fast lane",
        };
    }
}

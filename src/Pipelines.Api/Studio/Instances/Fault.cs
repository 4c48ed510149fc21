using Pipelines.Model.Runs;

namespace Pipelines.Api.Studio.Instances;

/// <summary>Elsa's ExceptionState: only the words, since the stack is in the log.</summary>
internal sealed record Fault(string Message)
{
    public string Type { get; } = "TaskFailure";

    public static string MessageOf(TaskInstance task) => task.Error ?? task.Reason ?? $"Task '{task.TaskId}' failed. Its log says more.";
}

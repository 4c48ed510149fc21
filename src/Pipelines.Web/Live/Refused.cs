using Pipelines.Engine.Operations;
using Pipelines.Engine.Scheduling;
using Pipelines.Model.Activities;
using Pipelines.Model.Connections;
using Pipelines.Model.Timetables;
using Pipelines.Storage.Secrets;

namespace Pipelines.Web.Live;

/// <summary>Tells what a person can do something about from faults of ours.</summary>
internal static class Refused
{
    /// <summary>What to show the person; null: the error's message is not for them.</summary>
    public static string? Words(Exception error) =>
        error is OperationException or DagUnreadableException or ConnectionException or SecretException or UnstorableTextException or TimetableException ? error.Message : null;
}

using System.Text.Json.Nodes;
using Pipelines.Model.Assets;
using Pipelines.Model.Hitl;

namespace Pipelines.Model.Activities;

/// <summary>How an attempt ended without failing (airflow-semantics.md §6). Failure is an exception, see <see cref="TaskFailure"/>.</summary>
public abstract record Outcome
{
    private Outcome()
    {
    }

    /// <summary>The task is done.</summary>
    /// <param name="ReturnValue">Pushed to XCom under <c>return_value</c>; null pushes nothing.</param>
    public sealed record Succeeded(JsonNode? ReturnValue = null) : Outcome
    {
        /// <summary>
        /// What becomes of the tasks after it; null: their trigger rules alone decide. Only for an activity whose descriptor says
        /// <see cref="ActivityDescriptor.SkipsDownstream"/>; from any other the attempt fails.
        /// </summary>
        public Downstream? Downstream { get; init; }

        /// <summary>
        /// More about the assets that it updated (airflow-semantics.md §17); the others of its outlets get an event without extra. One that is
        /// no outlet, and stands for no alias among them, fails the attempt.
        /// </summary>
        public IReadOnlyList<AssetUpdate> AssetUpdates { get; init; } = [];
    }

    /// <summary>The task decided not to run; its state becomes <c>skipped</c>.</summary>
    /// <param name="Reason">Shown to the user.</param>
    public sealed record Skipped(string Reason) : Outcome;

    /// <summary>
    /// The attempt goes on at a later moment: its slot is free until then, its state is <c>up_for_reschedule</c>, and it uses up no try
    /// (airflow-semantics.md §13). Then <see cref="IActivity.RunAsync"/> is called anew, maybe by another worker, with nothing of what it knew
    /// but <see cref="ITaskContext.FirstReschedule"/>; its log goes on.
    /// </summary>
    /// <param name="At">Not before.</param>
    /// <param name="Why">Shown to the user.</param>
    public sealed record RescheduleAt(DateTimeOffset At, string Why) : Outcome;

    /// <summary>
    /// The attempt goes on when a trigger has fired: no worker and no slot is held until then, its state is <c>deferred</c>, and it uses up no
    /// try (airflow-semantics.md §14). Then <see cref="IActivity.RunAsync"/> is called anew with <see cref="ITaskContext.Resumption"/>, also when
    /// the trigger has failed or timed out; its log and its XComs go on.
    /// </summary>
    /// <param name="Trigger">What it waits for; one that is looked at only from an <see cref="IDeferrable"/>.</param>
    /// <param name="Why">Shown to the user.</param>
    public sealed record Deferred(Trigger Trigger, string Why) : Outcome
    {
        /// <summary>The longest wait; null: without end.</summary>
        public TimeSpan? Timeout { get; init; }

        /// <summary>What the activity wants to know when it goes on; stored, so no secrets.</summary>
        public System.Text.Json.Nodes.JsonObject NextKwargs { get; init; } = [];
    }

    /// <summary>
    /// The attempt goes on when somebody has answered (airflow-semantics.md §23): as <see cref="Deferred"/>, with a <see cref="HitlResponse"/>
    /// for payload. People have as long as the task's executionTimeout says, and are asked for the task's own params too.
    /// </summary>
    /// <param name="Question">Stored and shown, so no secrets.</param>
    public sealed record Asked(HitlQuestion Question) : Outcome;
}

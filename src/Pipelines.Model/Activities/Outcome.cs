using System.Text.Json.Nodes;
using Pipelines.Model.Assets;

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
}

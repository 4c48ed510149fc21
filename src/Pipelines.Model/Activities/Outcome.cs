using System.Text.Json.Nodes;

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
    }

    /// <summary>The task decided not to run; its state becomes <c>skipped</c>.</summary>
    /// <param name="Reason">Shown to the user.</param>
    public sealed record Skipped(string Reason) : Outcome;
}

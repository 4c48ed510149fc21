using System.Text.Json.Nodes;

namespace Pipelines.Model.Activities.Sensors;

/// <summary>What one look of a sensor came to (Airflow's PokeReturnValue, airflow-semantics.md §13).</summary>
public abstract record Poke
{
    private Poke()
    {
    }

    /// <summary>What it waits for is there: the task succeeds.</summary>
    /// <param name="Value">Pushed to XCom under <c>return_value</c>; null pushes nothing.</param>
    public sealed record Done(JsonNode? Value = null) : Poke
    {
        /// <summary>How many things a mark is made of at most: where more are found the first ones tell.</summary>
        public const int MostMarked = 1000;

        /// <summary>What tells what is there now from what was there before, e.g. an ETag: a watcher of an asset tells each change. Null: the value does.</summary>
        public string? Mark { get; init; }
    }

    /// <summary>It is not there: look again later, until the timeout.</summary>
    /// <param name="Seen">What was found instead, for the user, e.g. <c>s3://lake/day.csv is not there</c>.</param>
    public sealed record NotYet(string Seen) : Poke;

    /// <summary>It will not come, and that is no failure: the task is skipped.</summary>
    /// <param name="Reason">Shown to the user.</param>
    public sealed record Skip(string Reason) : Poke;
}

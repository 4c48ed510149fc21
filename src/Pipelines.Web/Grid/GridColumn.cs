using Pipelines.Storage.Runs;

namespace Pipelines.Web.Grid;

/// <summary>The cells of a run in the order of the tasks.</summary>
internal sealed class GridColumn
{
    public GridColumn(GridRun run, Dictionary<string, int> places, Dictionary<string, byte> letters, byte absent)
    {
        Letters = new byte[places.Count];
        Lengths = new long[places.Count];
        Array.Fill(Letters, absent);
        for (var i = 0; i < run.TaskIds.Length; i++)
        {
            var (place, letter) = (places[run.TaskIds[i]], letters[run.States[i]]);
            // A mapped task has several instances; its cell says the gravest state. Letters are in that order.
            if (Letters[place] != absent && Letters[place] <= letter) continue;
            (Letters[place], Lengths[place]) = (letter, run.Lengths[i]);
        }
    }

    /// <summary>A letter per task.</summary>
    public byte[] Letters { get; }

    /// <summary>See <see cref="GridRun.Lengths"/>.</summary>
    public long[] Lengths { get; }
}

using System.Buffers;
using System.Text.Json;
using Pipelines.Model.Dags;
using Pipelines.Storage.Runs;
using Pipelines.Web.Components.Dags;
using Pipelines.Web.Components.Shell;

namespace Pipelines.Web.Grid;

/// <summary>
/// The JSON that <c>wwwroot/dag/</c> draws. It lists tasks and runs in columns and a state as one letter, so that a year of 50 tasks is
/// small enough to send whole. A letter is 'a' plus the place in <c>states</c>; '-' is a task that the run does not have.
/// </summary>
internal static class GridJson
{
    /// <summary>The gravest first, as Airflow ranks them: a collapsed group shows the first that one of its tasks has.</summary>
    public static readonly string[] States =
        ["failed", "upstream_failed", "up_for_retry", "up_for_reschedule", "queued", "scheduled", "deferred", "running", "restarting", "none", "success", "skipped", "removed"];

    private const byte Absent = (byte)'-';
    private static readonly Dictionary<string, byte> Letters = States.Index().ToDictionary(state => state.Item, state => (byte)('a' + state.Index));

    /// <summary>A DAG with its tasks and these runs.</summary>
    /// <param name="dag">Null: this program cannot read the DAG; its tasks are those that the runs have.</param>
    /// <param name="problem">Why it cannot.</param>
    public static byte[] Whole(GridHead head, Dag? dag, string? problem, IReadOnlyList<GridRun> runs) => Write(json =>
    {
        WriteHead(json, head);
        if (problem is not null) json.WriteString("problem", problem);
        json.WriteStartArray("states");
        foreach (var state in States) WriteList(json, [state, Signs.Of(state)]);
        json.WriteEndArray();
        WriteRuns(json, WriteTasks(json, dag?.Tasks ?? [], runs), runs);
        if (dag is { Groups.Count: > 0 }) WriteGroups(json, dag);
    });

    /// <summary>A DAG that changed, as far as that tells whether to read all of it again.</summary>
    public static byte[] Head(GridHead head) => Write(json => WriteHead(json, head));

    /// <summary>Runs that changed, with the names of their own tasks: whoever watches knows where they belong.</summary>
    public static byte[] Delta(IReadOnlyList<GridRun> runs) => Write(json => WriteRuns(json, WriteTasks(json, [], runs), runs));

    /// <summary>The numbers of runs that are there no more.</summary>
    public static byte[] Gone(IEnumerable<long> ids) => Write(json => WriteNumbers(json, "gone", ids.Select(id => (long?)id)));

    private static byte[] Write(Action<Utf8JsonWriter> members)
    {
        var buffer = new ArrayBufferWriter<byte>(64 * 1024);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }
        return buffer.WrittenSpan.ToArray();
    }

    private static void WriteHead(Utf8JsonWriter json, GridHead head)
    {
        json.WriteString("dag_id", head.Dag.DagId);
        json.WriteString("hash", head.Hash);
        json.WriteBoolean("is_stale", head.Dag.IsStale);
    }

    /// <returns>The place of each task: those of the DAG in its order, then those that only runs of older versions have.</returns>
    private static Dictionary<string, int> WriteTasks(Utf8JsonWriter json, IReadOnlyList<DagTask> tasks, IReadOnlyList<GridRun> runs)
    {
        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var task in tasks) places.Add(task.TaskId, places.Count);
        foreach (var id in runs.SelectMany(run => run.TaskIds)) places.TryAdd(id, places.Count);
        json.WritePropertyName("tasks");
        WriteList(json, places.Keys);
        if (tasks.Count == 0) return places;
        json.WritePropertyName("activities");
        WriteList(json, tasks.Select(TaskText.Activity));
        json.WriteStartArray("upstream");
        foreach (var task in tasks)
        {
            json.WriteStartArray();
            foreach (var id in task.Upstream) json.WriteNumberValue(places[id]);
            json.WriteEndArray();
        }
        json.WriteEndArray();
        return places;
    }

    /// <summary>The task groups that the file draws, and which of them each task is in; other groups are told by the dots in the ids.</summary>
    private static void WriteGroups(Utf8JsonWriter json, Dag dag)
    {
        var places = dag.Groups.Index().ToDictionary(group => group.Item.GroupId, group => group.Index, StringComparer.Ordinal);
        json.WriteStartArray("groups");
        foreach (var group in dag.Groups)
        {
            json.WriteStartObject();
            json.WriteString("id", group.GroupId);
            json.WriteString("name", group.DisplayName);
            json.WriteNumber("parent", group.ParentId is { } parent ? places[parent] : -1);
            json.WriteString("tooltip", group.Tooltip);
            json.WriteString("color", group.UiColor);
            json.WriteString("fgcolor", group.UiFgcolor);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        WriteNumbers(json, "within", dag.Tasks.Select(task => (long?)(task.GroupId is { } id ? places[id] : -1)));
    }

    private static void WriteRuns(Utf8JsonWriter json, Dictionary<string, int> places, IReadOnlyList<GridRun> runs)
    {
        json.WriteStartObject("runs");
        WriteNumbers(json, "id", runs.Select(run => (long?)run.Id));
        json.WritePropertyName("run_id");
        WriteList(json, runs.Select(run => run.RunId));
        json.WritePropertyName("type");
        WriteList(json, runs.Select(run => run.RunType));
        json.WriteString("state", runs.Select(run => Letters[run.State]).ToArray());
        WriteNumbers(json, "date", runs.Select(run => run.LogicalDate?.ToUnixTimeMilliseconds()));
        WriteNumbers(json, "after", runs.Select(run => (long?)run.RunAfter.ToUnixTimeMilliseconds()));
        WriteNumbers(json, "start", runs.Select(run => run.StartDate?.ToUnixTimeMilliseconds()));
        WriteNumbers(json, "end", runs.Select(run => run.EndDate?.ToUnixTimeMilliseconds()));
        WriteCells(json, places, runs);
        json.WriteEndObject();
    }

    private static void WriteCells(Utf8JsonWriter json, Dictionary<string, int> places, IReadOnlyList<GridRun> runs)
    {
        var columns = runs.Select(run => new GridColumn(run, places, Letters, Absent)).ToList();
        json.WriteStartArray("cells");
        foreach (var column in columns) json.WriteStringValue(column.Letters);
        json.WriteEndArray();
        json.WriteStartArray("lengths");
        foreach (var column in columns)
        {
            json.WriteStartArray();
            foreach (var length in column.Lengths) json.WriteNumberValue(length);
            json.WriteEndArray();
        }
        json.WriteEndArray();
    }

    private static void WriteList(Utf8JsonWriter json, IEnumerable<string> texts)
    {
        json.WriteStartArray();
        foreach (var text in texts) json.WriteStringValue(text);
        json.WriteEndArray();
    }

    private static void WriteNumbers(Utf8JsonWriter json, string name, IEnumerable<long?> numbers)
    {
        json.WriteStartArray(name);
        foreach (var number in numbers)
        {
            if (number is { } value) json.WriteNumberValue(value);
            else json.WriteNullValue();
        }
        json.WriteEndArray();
    }
}

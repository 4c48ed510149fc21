using Pipelines.Model.Runs;
using Pipelines.Web.Grid;
using CountWords = Pipelines.Web.Components.Shell.Words;

namespace Pipelines.Web.Components.Dags;

/// <summary>A mapped task of a run in one line, as the grid shows it in one square.</summary>
/// <param name="TaskId">The task.</param>
/// <param name="State">The gravest state that one of its task instances is in.</param>
/// <param name="Words">How many there are in each state.</param>
internal sealed record MappedTask(string TaskId, string State, string Words)
{
    /// <summary>The tasks of a run that are mapped, by id.</summary>
    public static IReadOnlyDictionary<string, MappedTask> Of(IEnumerable<TaskInstance> tasks) =>
        tasks.Where(task => task.MapIndex >= 0).GroupBy(task => task.TaskId).ToDictionary(task => task.Key, task => Of(task.Key, [.. task]), StringComparer.Ordinal);

    /// <summary>The gravest first, and those that are alike by their map indexes: what a person looks for among thousands.</summary>
    public static IEnumerable<TaskInstance> Gravest(IEnumerable<TaskInstance> tasks) => tasks.OrderBy(task => Gravity(task.State)).ThenBy(task => task.MapIndex);

    /// <summary>One of the states in words, e.g. <c>3 failed, 997 success</c>.</summary>
    public static string WordsOf(IEnumerable<TaskInstance> tasks) => string.Join(", ", tasks.CountBy(task => task.State).OrderBy(state => Gravity(state.Key))
        .Select(state => FormattableString.Invariant($"{state.Value:N0} {(state.Key == TaskState.None ? "no status" : StateNames.ToName(state.Key))}")));

    private static MappedTask Of(string taskId, List<TaskInstance> instances) =>
        new(taskId, StateNames.ToName(Gravest(instances).First().State), $"{CountWords.Count(instances.Count, "task instance")}: {WordsOf(instances)}");

    private static int Gravity(TaskState state) => Array.IndexOf(GridJson.States, StateNames.ToName(state));
}

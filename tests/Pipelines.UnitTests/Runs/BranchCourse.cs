using Pipelines.Model.Activities;
using Pipelines.Model.Dags;
using Pipelines.Model.Runs;
using static Pipelines.Model.Runs.TaskState;

namespace Pipelines.UnitTests.Runs;

/// <summary>Plays scheduler, workers and a person who clears, for a run of a DAG with branches: what is stored is kept here.</summary>
internal sealed class BranchCourse
{
    private static readonly ActivityDescriptor Deciding = new("Deciding", "Deciding", "Test", "Decides.", [], [], ["True", "False", "Done"]);

    private readonly Dag _dag;
    private readonly Dictionary<string, DownstreamDecision> _decisions = [];
    private TaskInstance[] _tasks;

    /// <param name="edges">As <see cref="Sample.Dag"/>.</param>
    /// <param name="deciding">The task that may skip tasks after it.</param>
    /// <param name="rules">Trigger rules by task.</param>
    public BranchCourse(string edges, string deciding, params (string TaskId, TriggerRule Rule)[] rules)
    {
        var dag = Sample.Dag(edges);
        _dag = dag with
        {
            Tasks = [.. dag.Tasks.Select(task => task with
            {
                SkipsDownstream = task.TaskId == deciding,
                TriggerRule = rules.FirstOrDefault(each => each.TaskId == task.TaskId).Rule,
            })],
        };
        _tasks = [.. _dag.Tasks.Select((task, index) => Sample.Instance(task.TaskId, None, index))];
        Plan();
    }

    /// <summary>E.g. <c>choose success, a scheduled</c>, in the order of the DAG; <c>-</c> for no status.</summary>
    public string States => string.Join(", ", _tasks.Select(task => $"{task.TaskId} {(task.State == None ? "-" : StateNames.ToName(task.State))}"));

    /// <summary>What the run came to; null: it goes on.</summary>
    public DagRunState? Ended { get; private set; }

    public string? ReasonOf(string taskId) => _tasks.Single(task => task.TaskId == taskId).Reason;

    public DownstreamDecision? DecisionOf(string taskId) => _decisions.GetValueOrDefault(taskId);

    /// <summary>An attempt of it ends well, and the run is planned.</summary>
    public BranchCourse Succeed(string taskId, Downstream? downstream = null)
    {
        Set(taskId, Success);
        if (DownstreamDecision.Of(_dag, _dag.TasksById[taskId], Deciding, downstream) is { } decision)
        {
            _decisions[taskId] = DownstreamDecision.Parse(decision.ToJson())!;
            Apply(decision.Transitions(_dag, _dag.TasksById[taskId], -1, _tasks));
        }

        return Plan();
    }

    public BranchCourse Becomes(string taskId, TaskState state)
    {
        Set(taskId, state);
        return Plan();
    }

    /// <summary>Clears these alone, as a person may.</summary>
    public BranchCourse Clear(params string[] taskIds)
    {
        foreach (var taskId in taskIds)
        {
            Set(taskId, None);
            _decisions.Remove(taskId);
        }

        return Plan();
    }

    private BranchCourse Plan()
    {
        var decision = Planner.Decide(new RunSnapshot(_dag, Sample.Run(), _tasks, DagPaused: false) { Decisions = _decisions }, Sample.Now);
        Apply(decision.Transitions);
        Ended = decision.RunState;
        return this;
    }

    private void Set(string taskId, TaskState state) => _tasks = [.. _tasks.Select(task => task.TaskId == taskId ? task with { State = state, Reason = null } : task)];

    private void Apply(IEnumerable<PlannedTransition> moves)
    {
        foreach (var move in moves) _tasks[move.TaskInstanceId] = _tasks[move.TaskInstanceId] with { State = move.To, Reason = move.Reason };
    }
}

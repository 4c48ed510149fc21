using Pipelines.Model.Activities;

namespace Pipelines.Model.Dags;

/// <summary>Reads the tasks and task groups of a DAG out of its flowcharts, the outer ones first.</summary>
internal sealed class FlowchartReader
{
    private readonly ActivityCatalog _catalog;
    private readonly DagFileReport _report;
    private readonly TaskReader _reader;
    private readonly TaskGroupReader _groupReader;
    private readonly List<ElsaActivity> _activities = [];
    private readonly List<DagTask> _tasks = [];
    private readonly List<TaskGroup> _groups = [];

    public FlowchartReader(ActivityCatalog catalog, TemplateFileReader templates, DagFileReport report)
    {
        var ids = new DagIds(report);
        (_catalog, _report, _reader, _groupReader) = (catalog, report, new TaskReader(catalog, ids, templates, report), new TaskGroupReader(ids, report));
    }

    /// <summary>The activities that are tasks, at the places of <see cref="Tasks"/>.</summary>
    public IReadOnlyList<ElsaActivity> Activities => _activities;

    /// <summary>The tasks without their edges.</summary>
    public IReadOnlyList<DagTask> Tasks => _tasks;

    /// <summary>The task groups, each after the one that it is in.</summary>
    public IReadOnlyList<TaskGroup> Groups => _groups;

    /// <summary>As <see cref="TaskReader.Named"/>.</summary>
    public IReadOnlyList<(string TaskId, NamedId Named)> Named => _reader.Named;

    /// <summary>Reads all of a DAG.</summary>
    public void Read(ElsaFlowchart root, DefaultArgs defaults)
    {
        defaults.CheckNames(Descriptors(root), _report);
        Read(root, new GroupScope(null, "", defaults));
    }

    private void Read(ElsaFlowchart flowchart, GroupScope scope)
    {
        foreach (var activity in flowchart.Activities)
        {
            if (activity.Inside is { } inside)
            {
                var within = _groupReader.Read(activity, scope, Descriptors(inside));
                _groups.Add(within.Group!);
                Read(inside, within);
            }
            else if (activity.Type != DagInputs.TypeName)
            {
                _activities.Add(activity);
                _tasks.Add(_reader.Read(activity, scope));
            }
            else if (scope.Group is { } group)
            {
                _report.Error(activity.Part, $"'{DagInputs.TypeName}' holds the settings of the whole DAG and is in the task group '{group.GroupId}'. Move it out, to the root flowchart.");
            }
        }
    }

    private IEnumerable<ActivityDescriptor> Descriptors(ElsaFlowchart flowchart) =>
        flowchart.Activities.SelectMany(activity => activity.Inside is { } inside ? Descriptors(inside) : _catalog.Find(activity.Type) is { } found ? [found] : []);
}

using Pipelines.Model.Activities;
using Pipelines.Model.Activities.Sensors;
using Pipelines.Model.Assets;

namespace Pipelines.Model.Dags;

/// <summary>Reads the tasks of a DAG: every activity but Pipelines.Dag.</summary>
/// <param name="catalog">The activities there are.</param>
/// <param name="defaults">Values for what a task does not set.</param>
/// <param name="templates">Collects the template files that they use.</param>
/// <param name="report">Takes what is wrong.</param>
internal sealed class TaskReader(ActivityCatalog catalog, DefaultArgs defaults, TemplateFileReader templates, DagFileReport report)
{
    private readonly Dictionary<string, ElsaActivity> _byName = new(StringComparer.Ordinal);

    /// <summary>The task without its edges. What is wrong with it is reported.</summary>
    public DagTask Read(ElsaActivity activity)
    {
        CheckName(activity);
        var task = new DagTask { TaskId = activity.Name?.Text ?? "", ActivityType = activity.Type, ActivityId = activity.Id };
        if (catalog.Find(activity.Type) is not { } descriptor)
        {
            ReportUnknownType(activity);
            return task;
        }
        var inputs = new InputReader(descriptor, literalsOnly: false, report).Read(activity, defaults.Members);
        if (descriptor.Inputs.Any(input => input.Category == SensorInputs.Category)) CheckSensor(activity, new SettingReader(inputs, report));
        var mapping = new MappingReader(descriptor, inputs, report).Read();
        templates.Read(inputs, mapping, descriptor);
        return WithSettings(task, new SettingReader(inputs, report)) with
        {
            Inputs = OwnInputs(inputs),
            DefaultedInputs = [.. inputs.Where(input => input.Value.IsDefault).Select(input => input.Key)],
            SkipsDownstream = descriptor.SkipsDownstream,
            Mapping = mapping,
        };
    }

    private void CheckName(ElsaActivity activity)
    {
        if (activity.Name is not { } name)
            report.Error(activity.Part, $"The activity '{activity.Id}' has no 'name'. Give it one: it is the task_id.");
        else if (!AirflowKey.IsValid(name.Text))
            report.Error(name, $"The task_id '{name.Text}' {AirflowKey.Fault(name.Text)}. {AirflowKey.Rule}");
        else if (!_byName.TryAdd(name.Text, activity))
            report.Error(name, $"The task_id '{name.Text}' is taken by {_byName[name.Text].Part.Path} (line {_byName[name.Text].Part.Line}). Every task needs its own name.");
    }

    private void CheckSensor(ElsaActivity activity, SettingReader settings)
    {
        if (settings.Flag(SensorInputs.SoftFail, false) && settings.Flag(SensorInputs.NeverFail, false))
            report.Error(settings.Place(SensorInputs.NeverFail)!, $"Of '{activity.Label}', {SensorSettings.Exclusive}");
    }

    private void ReportUnknownType(ElsaActivity activity)
    {
        if (activity.Type.Length == 0) return;
        var known = catalog.Descriptors.Keys.Append(DagInputs.TypeName);
        report.Error(activity.Part.Get("type")!, $"The activity type '{activity.Type}' is not known.{NearestName.Hint(activity.Type, known)}");
    }

    private static Dictionary<string, InputExpression> OwnInputs(Dictionary<string, ElsaInput> inputs)
    {
        var settings = TaskInputs.All.Select(input => input.Name).ToHashSet(StringComparer.Ordinal);
        return inputs.Where(pair => !settings.Contains(pair.Key)).ToDictionary(pair => pair.Key, pair => pair.Value.Expression, StringComparer.Ordinal);
    }

    private DagTask WithSettings(DagTask task, SettingReader settings)
    {
        var (start, end) = (settings.Date(TaskInputs.StartDate)?.ToUniversalTime(), settings.Date(TaskInputs.EndDate)?.ToUniversalTime());
        if (end < start)
            report.Error(settings.Place(TaskInputs.EndDate)!, $"The end date {settings.Text(TaskInputs.EndDate)} of task '{task.TaskId}' is before its start date {settings.Text(TaskInputs.StartDate)}. No run could have it; change one of them.");
        var waits = settings.Flag(TaskInputs.WaitForDownstream, task.WaitForDownstream);
        return Plain(task, settings) with
        {
            StartDate = start,
            EndDate = end,
            DependsOnPast = waits || settings.Flag(TaskInputs.DependsOnPast, task.DependsOnPast),
            WaitForDownstream = waits,
            IgnoreFirstDependsOnPast = settings.Flag(TaskInputs.IgnoreFirstDependsOnPast, task.IgnoreFirstDependsOnPast),
            WaitForPastDependsBeforeSkipping = settings.Flag(TaskInputs.WaitForPastDependsBeforeSkipping, task.WaitForPastDependsBeforeSkipping),
        };
    }

    private static DagTask Plain(DagTask task, SettingReader settings) => task with
    {
        Retries = settings.Integer(TaskInputs.Retries, task.Retries, least: 0),
        RetryDelay = settings.Duration(TaskInputs.RetryDelay, mayBeZero: true) ?? task.RetryDelay,
        RetryExponentialBackoff = settings.Number(TaskInputs.RetryExponentialBackoff, task.RetryExponentialBackoff, least: 0),
        MaxRetryDelay = settings.Duration(TaskInputs.MaxRetryDelay, mayBeZero: true),
        Pool = settings.Text(TaskInputs.Pool) ?? task.Pool,
        PoolSlots = settings.Integer(TaskInputs.PoolSlots, task.PoolSlots, least: 1),
        PriorityWeight = settings.Integer(TaskInputs.PriorityWeight, task.PriorityWeight, least: int.MinValue),
        WeightRule = settings.Text(TaskInputs.WeightRule) is { } weights ? Runs.StateNames.Parse<WeightRule>(weights) : task.WeightRule,
        MaxActiveTisPerDag = settings.Limit(TaskInputs.MaxActiveTisPerDag),
        MaxActiveTisPerDagrun = settings.Limit(TaskInputs.MaxActiveTisPerDagrun),
        ExecutionTimeout = settings.Duration(TaskInputs.ExecutionTimeout, mayBeZero: false),
        Outlets = settings.OfAssets(TaskInputs.Outlets, AssetJson.Use) ?? task.Outlets,
        Inlets = settings.OfAssets(TaskInputs.Inlets, AssetJson.Use) ?? task.Inlets,
        Queue = settings.Text(TaskInputs.Queue) ?? task.Queue,
        MapIndexTemplate = settings.Text(TaskInputs.MapIndexTemplate),
        Params = settings.Params(TaskInputs.Params),
        IsSetup = settings.Flag(TaskInputs.IsSetup, task.IsSetup),
        IsTeardown = settings.Flag(TaskInputs.IsTeardown, task.IsTeardown),
        OnFailureFailDagrun = settings.Flag(TaskInputs.OnFailureFailDagrun, task.OnFailureFailDagrun),
        TriggerRule = settings.Text(TaskInputs.TriggerRule) is { } rule ? Runs.StateNames.Parse<TriggerRule>(rule)
            : settings.Flag(TaskInputs.IsTeardown, task.IsTeardown) ? TriggerRule.AllDoneSetupSuccess
            : task.TriggerRule,
    };
}

using Pipelines.Model.Activities;
using Pipelines.Model.Activities.Sensors;
using Pipelines.Model.Assets;
using Pipelines.Model.Callbacks;

namespace Pipelines.Model.Dags;

/// <summary>Reads the tasks of a DAG: every activity but Pipelines.Dag.</summary>
/// <param name="catalog">The activities there are.</param>
/// <param name="ids">The ids of the DAG.</param>
/// <param name="templates">Collects the template files that they use.</param>
/// <param name="report">Takes what is wrong.</param>
internal sealed class TaskReader(ActivityCatalog catalog, DagIds ids, TemplateFileReader templates, DagFileReport report)
{
    private readonly List<(string TaskId, NamedId Named)> _named = [];

    /// <summary>The ids of tasks that tasks which branch name in the file.</summary>
    public IReadOnlyList<(string TaskId, NamedId Named)> Named => _named;

    /// <summary>The task without its edges. What is wrong with it is reported.</summary>
    /// <param name="activity">The activity.</param>
    /// <param name="scope">What it has from the task groups that it is in.</param>
    public DagTask Read(ElsaActivity activity, GroupScope scope)
    {
        CheckName(activity);
        var task = new DagTask { TaskId = ids.Take(activity, scope), ActivityType = activity.Type, ActivityId = activity.Id, GroupId = scope.Group?.GroupId };
        if (catalog.Find(activity.Type) is not { } descriptor)
        {
            ReportUnknownType(activity);
            return task;
        }
        var reader = new InputReader(descriptor, literalsOnly: false, report);
        var inputs = reader.Read(activity, scope.Defaults.Members);
        _named.AddRange(reader.Literals!.Named().Select(named => (task.TaskId, named)));
        if (descriptor.Inputs.Any(input => input.Category == SensorInputs.Category)) CheckSensor(activity, new SettingReader(inputs, report));
        var settled = WithSettings(task, new SettingReader(inputs, report));
        if (descriptor.HitlOptions is not null) new HitlCheck(activity, inputs, report).Report(settled.Params);
        var mapping = new MappingReader(descriptor, inputs, report).Read();
        if (mapping is not null) reader.Literals.Check(mapping);
        templates.Read(inputs, mapping, descriptor);
        var read = settled with
        {
            Inputs = OwnInputs(inputs),
            DefaultedInputs = [.. inputs.Where(input => input.Value.IsDefault).Select(input => input.Key)],
            SkipsDownstream = descriptor.SkipsDownstream,
            AsksPeople = descriptor.HitlOptions is not null,
            Mapping = mapping,
            Callbacks = new CallbackReader(catalog, new SettingReader(inputs, report), report).OfTask(),
        };
        return scope.Mapped is { } mapped ? With(mapped, read, activity) : read;
    }

    /// <summary>A task of a mapped group has as many task instances as the group is mapped to.</summary>
    private DagTask With(TaskGroup mapped, DagTask task, ElsaActivity activity)
    {
        if (task.Mapping is not null)
            report.Error(MappingReader.Place(activity), $"'{task.TaskId}' is mapped and in the task group '{mapped.GroupId}', which is mapped too. Airflow has no mapped task in a mapped group either; map one of the two.");
        // It would start before anybody knows how many there are.
        if (task.TriggerRule == TriggerRule.Always)
            report.Error(activity.Part.Get(TaskInputs.TriggerRule) ?? activity.Part, $"'{task.TaskId}' is in the mapped task group '{mapped.GroupId}', where no task may have the trigger rule always. Choose another, such as all_done.");
        return task with { Mapping = mapped.Mapping, MappedGroupId = mapped.GroupId };
    }

    private void CheckName(ElsaActivity activity)
    {
        if (activity.Name is not { } name)
            report.Error(activity.Part, $"The activity '{activity.Id}' has no 'name'. Give it one: it is the task_id.");
        else if (!AirflowKey.IsValid(name.Text))
            report.Error(name, $"The task_id '{name.Text}' {AirflowKey.Fault(name.Text)}. {AirflowKey.Rule}");
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
        var near = NearestName.Of(activity.Type, known) is { } name ? $" Did you mean '{name}'?" : " Correct it; or, where a plugin has it, put that into the plugins folder of every host: 'pipelines plugins list' shows those that are there.";
        report.Error(activity.Part.Get("type")!, $"The activity type '{activity.Type}' is not known.{near}");
    }

    private static Dictionary<string, InputExpression> OwnInputs(Dictionary<string, ElsaInput> inputs) =>
        inputs.Where(pair => !TaskInputs.Names.Contains(pair.Key) && !pair.Value.Descriptor.HoldsNotifiers).ToDictionary(pair => pair.Key, pair => pair.Value.Expression, StringComparer.Ordinal);

    private DagTask WithSettings(DagTask task, SettingReader settings)
    {
        var (start, end) = (settings.Date(TaskInputs.StartDate)?.ToUniversalTime(), settings.Date(TaskInputs.EndDate)?.ToUniversalTime());
        if (end < start)
            report.Error(settings.Place(TaskInputs.EndDate)!, $"The end date {settings.Text(TaskInputs.EndDate)} of task '{task.TaskId}' is before its start date {settings.Text(TaskInputs.StartDate)}. No run could have it; change one of them.");
        var waits = settings.Flag(TaskInputs.WaitForDownstream, task.WaitForDownstream);
        return Plain(Weighed(task, settings), settings) with
        {
            StartDate = start,
            EndDate = end,
            DependsOnPast = waits || settings.Flag(TaskInputs.DependsOnPast, task.DependsOnPast),
            WaitForDownstream = waits,
            IgnoreFirstDependsOnPast = settings.Flag(TaskInputs.IgnoreFirstDependsOnPast, task.IgnoreFirstDependsOnPast),
            WaitForPastDependsBeforeSkipping = settings.Flag(TaskInputs.WaitForPastDependsBeforeSkipping, task.WaitForPastDependsBeforeSkipping),
        };
    }

    private DagTask Weighed(DagTask task, SettingReader settings) => settings.Text(TaskInputs.WeightRule) switch
    {
        null => task,
        // The others' weights are nothing to it but what the rule makes of them.
        var own when catalog.WeightRules.ContainsKey(own) => task with { WeightRule = WeightRule.Absolute, OwnWeightRule = own },
        var rule => task with { WeightRule = Runs.StateNames.Parse<WeightRule>(rule) },
    };

    private static DagTask Plain(DagTask task, SettingReader settings) => task with
    {
        Retries = settings.Integer(TaskInputs.Retries, task.Retries, least: 0),
        RetryDelay = settings.Duration(TaskInputs.RetryDelay, mayBeZero: true) ?? task.RetryDelay,
        RetryExponentialBackoff = settings.Number(TaskInputs.RetryExponentialBackoff, task.RetryExponentialBackoff, least: 0),
        MaxRetryDelay = settings.Duration(TaskInputs.MaxRetryDelay, mayBeZero: true),
        Pool = settings.Text(TaskInputs.Pool) ?? task.Pool,
        PoolSlots = settings.Integer(TaskInputs.PoolSlots, task.PoolSlots, least: 1),
        PriorityWeight = settings.Integer(TaskInputs.PriorityWeight, task.PriorityWeight, least: int.MinValue),
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

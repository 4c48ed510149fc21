using Pipelines.Model.Activities;
using Pipelines.Model.Callbacks;
using Pipelines.Model.Timetables;

namespace Pipelines.Model.Dags;

/// <summary>The settings of a DAG: the inputs of its one <c>Pipelines.Dag</c> activity (airflow-semantics.md §1 for names and defaults).</summary>
public static class DagInputs
{
    /// <summary>The type name of the activity that holds the settings. It is no task.</summary>
    public const string TypeName = "Pipelines.Dag";

    /// <summary>When it runs: crons, a preset such as <c>@daily</c>, a duration, moments, or nothing.</summary>
    public const string Schedule = "schedule";

    /// <summary>Assets whose updates call for runs, a JSON list or a tree of "all" and "any".</summary>
    public const string Assets = "assets";

    /// <summary>How a schedule becomes runs: one of <see cref="TimetableFactory.Kinds"/>.</summary>
    public const string Timetable = "timetable";

    /// <summary>Length of the data interval before a trigger's tick.</summary>
    public const string Interval = "interval";

    /// <summary>Whether the first run may be for a tick that has passed: true, false or a duration.</summary>
    public const string RunImmediately = "runImmediately";

    /// <summary>Whether manual runs are about the latest event.</summary>
    public const string RestrictToEvents = "restrictToEvents";

    /// <summary>IANA name of the zone the cron is read in.</summary>
    public const string Timezone = "timezone";

    /// <summary>First logical date.</summary>
    public const string StartDate = "startDate";

    /// <summary>Last logical date.</summary>
    public const string EndDate = "endDate";

    /// <summary>Whether missed intervals are run too.</summary>
    public const string Catchup = "catchup";

    /// <summary>Runs at a time.</summary>
    public const string MaxActiveRuns = "maxActiveRuns";

    /// <summary>Tasks at a time in one run.</summary>
    public const string MaxActiveTasks = "maxActiveTasks";

    /// <summary>Failed runs in a row after which it pauses.</summary>
    public const string MaxConsecutiveFailedDagRuns = "maxConsecutiveFailedDagRuns";

    /// <summary>Whether a failed task stops its run.</summary>
    public const string FailFast = "failFast";

    /// <summary>Longest time of a run.</summary>
    public const string DagRunTimeout = "dagRunTimeout";

    /// <summary>The params of its runs by name with defaults and schemas, a JSON object.</summary>
    public const string Params = "params";

    /// <summary>Whether templates give values of their own type instead of texts.</summary>
    public const string RenderTemplateAsNativeObj = "renderTemplateAsNativeObj";

    /// <summary>Folders where template files are looked for, after the DAG file's own.</summary>
    public const string TemplateSearchPath = "templateSearchPath";

    /// <summary>Names and values for all templates of the DAG, a JSON object.</summary>
    public const string UserDefinedMacros = "userDefinedMacros";

    /// <summary>Values for what tasks do not set, a JSON object.</summary>
    public const string DefaultArgs = "defaultArgs";

    /// <summary>Labels, a JSON array of texts.</summary>
    public const string Tags = "tags";

    /// <summary>Who answers for it.</summary>
    public const string Owner = "owner";

    /// <summary>Where to find owners: a JSON object of names and web or mailto addresses.</summary>
    public const string OwnerLinks = "ownerLinks";

    /// <summary>A name for people instead of the dag_id.</summary>
    public const string DagDisplayName = "dagDisplayName";

    /// <summary>What people should know of it, in Markdown, or the file that says it.</summary>
    public const string DocMd = "docMd";

    /// <summary>For people; without it the definition's own description counts.</summary>
    public const string Description = "description";

    /// <summary>State of a DAG seen for the first time.</summary>
    public const string IsPausedUponCreation = "isPausedUponCreation";

    /// <summary>What the designer shows of <c>Pipelines.Dag</c>; it has no ports and no task settings.</summary>
    public static ActivityDescriptor Descriptor { get; } = new(
        TypeName, "DAG settings", "Pipelines", "The schedule and other settings of this DAG. Every DAG has exactly one.",
        [
            new(Schedule, InputType.String, "Schedule", "A cron such as 0 3 * * * (several with ; between), a preset such as @daily, @once or @continuous, a duration such as 06:00:00 or P1M (a month), or for the timetable events moments with ; between. Empty: only by hand."),
            new(Assets, InputType.Json, "Assets", "Run when these were updated: [\"s3://lake/orders\", …] is all of them, {\"any\": […]} one; with a schedule, at its times too.") { UiHint = "json-editor" },
            new(Timetable, InputType.String, "Timetable", "…_data_interval: each run is about the span between two ticks. …_trigger: a run has only its tick, and the interval before it. Empty: the trigger for what the schedule is.")
            {
                Options = TimetableFactory.Kinds, UiHint = "dropdown",
            },
            new(Timezone, InputType.String, "Time zone", "IANA name such as Europe/Berlin; empty: the offset of the start date, else UTC."),
            new(Interval, InputType.Duration, "Interval", "For triggers: how long before its tick a run's data begin, e.g. 1.00:00:00; empty: a run has no span."),
            new(RunImmediately, InputType.String, "Run immediately", "For cron_trigger without a start date: true to run the tick just past at once, or a duration that it may be past; empty: a tenth of the gap, at least 5 minutes.") { TakesScalars = true },
            new(RestrictToEvents, InputType.Boolean, "Restrict to events", "For events: a manual run is about the latest event.") { Default = "false", UiHint = "checkbox" },
            new(StartDate, InputType.DateTime, "Start date", "First logical date, e.g. 2026-01-01 or 2026-01-01T00:00:00Z. Without offset it is UTC.") { UiHint = "datetime-picker" },
            new(EndDate, InputType.DateTime, "End date", "Last logical date. Without offset it is UTC.") { UiHint = "datetime-picker" },
            new(Catchup, InputType.Boolean, "Catch up", "Also run the intervals missed since the start date.") { Default = "false", UiHint = "checkbox" },
            new(MaxActiveRuns, InputType.Integer, "Runs at a time", "Runs that may be queued or running together.") { Default = "16" },
            new(MaxActiveTasks, InputType.Integer, "Tasks at a time", "Tasks of one run that may be queued or running together.") { Default = "16" },
            new(MaxConsecutiveFailedDagRuns, InputType.Integer, "Failures to pause", "After so many failed runs in a row the DAG is paused; 0: never.") { Default = "0" },
            new(FailFast, InputType.Boolean, "Fail fast", "The first task that fails for good stops its run: what runs fails, the rest is skipped. Only if every task has the trigger rule all_success.") { Default = "false", UiHint = "checkbox" },
            new(DagRunTimeout, InputType.Duration, "Run timeout", "Longest time of a run, e.g. 06:00:00; empty: no limit."),
            new(Params, InputType.Json, "Params", "What a run may be told: names with defaults, e.g. {\"country\": \"DE\"}, or with a JSON Schema that values must fulfil and the trigger form follows, e.g. {\"country\": {\"value\": \"DE\", \"description\": \"Of the shop\", \"schema\": {\"type\": \"string\", \"enum\": [\"DE\", \"FR\"]}}}.") { UiHint = "json-editor" },
            new(RenderTemplateAsNativeObj, InputType.Boolean, "Native objects", "Templates give lists, numbers and None as such instead of their texts.") { Default = "false", UiHint = "checkbox" },
            new(TemplateSearchPath, InputType.StringOrList, "Template search path", "Folders where template files such as load.sql are looked for after the DAG file's own, relative to that, e.g. [\"sql\", \"shared/macros\"].") { UiHint = "multitext" },
            new(UserDefinedMacros, InputType.Json, "User-defined macros", "Names that all templates of the DAG know, with their values, e.g. {\"schema\": \"sales\", \"countries\": [\"DE\", \"FR\"]}. Functions are macros of a template file: {% from 'macros.sql' import … %}.") { UiHint = "json-editor" },
            new(DefaultArgs, InputType.Json, "Default args", "Values for every task that has such an input and does not set it, e.g. {\"retries\": 2, \"retryDelay\": \"00:01:00\"}.") { UiHint = "json-editor" },
            new(Tags, InputType.StringList, "Tags", "Labels to find the DAG by.") { UiHint = "multitext" },
            new(Owner, InputType.String, "Owner", "Who answers for the DAG.") { Default = "airflow" },
            new(OwnerLinks, InputType.Json, "Owner links", "Where to find owners, e.g. {\"data\": \"mailto:data@example.com\"}; http, https or mailto.") { UiHint = "json-editor" },
            new(DagDisplayName, InputType.String, "Display name", "A name that people read instead of the dag_id; any characters."),
            new(DocMd, InputType.String, "Documentation", "What people should know of the DAG, in Markdown; or the name of a file such as README.md beside the DAG file.") { UiHint = "multiline" },
            new(Description, InputType.String, "Description", "One sentence for people.") { UiHint = "multiline" },
            new(IsPausedUponCreation, InputType.Boolean, "Paused at first", "A new DAG waits until somebody unpauses it.") { Default = "true", UiHint = "checkbox" },
            .. CallbackInputs.OfDag,
        ],
        [], []);
}

using System.Text.Json.Nodes;
using Pipelines.Model.Activities;
using Pipelines.Model.Assets;
using Pipelines.Model.Callbacks;
using Pipelines.Model.Params;
using Pipelines.Model.Templates;
using Pipelines.Model.Timetables;

namespace Pipelines.Model.Dags;

/// <summary>What the Pipelines.Dag activity says, with what the hash needs and <see cref="Dag"/> does not keep.</summary>
internal sealed record DagSettings(Dag Dag, string? TimetableKind, string? Timezone, TimetableOptions TimetableOptions, DefaultArgs DefaultArgs);

/// <summary>Reads the settings of a DAG.</summary>
internal sealed class DagSettingsReader(ElsaDefinition definition, ActivityCatalog catalog, TemplateFileReader templates, DagFileReport report)
{
    private const int LongestTag = 100;

    /// <summary>The settings, or null when there is not exactly one Pipelines.Dag activity or it is wrong (then reported).</summary>
    public DagSettings? Read(string dagId)
    {
        var holders = definition.Root.Activities.Where(activity => activity.Type == DagInputs.TypeName).ToList();
        if (holders.Count == 0)
            report.Error("$.root.activities", definition.Part.Line, $"There is no '{DagInputs.TypeName}' activity. Add one: it holds the schedule and other settings of the DAG.");
        foreach (var more in holders.Skip(1))
            report.Error(more.Part, $"There are {holders.Count} '{DagInputs.TypeName}' activities. Keep one and remove this one.");
        if (holders.Count == 0) return null;
        var inputs = new InputReader(DagInputs.Descriptor, literalsOnly: true, report).Read(holders[0]);
        return Read(dagId, new SettingReader(inputs, report));
    }

    private DagSettings? Read(string dagId, SettingReader settings)
    {
        var defaults = DefaultArgs.Read(settings, report);
        templates.SearchPath = SearchPath(settings);
        var start = settings.Date(DagInputs.StartDate) ?? defaults.DateForDag(DagInputs.StartDate);
        var end = settings.Date(DagInputs.EndDate) ?? defaults.DateForDag(DagInputs.EndDate);
        if (end < start)
            report.Error(settings.Place(DagInputs.EndDate) ?? settings.Place(DagInputs.DefaultArgs)!, $"The end date {settings.Text(DagInputs.EndDate) ?? defaults.TextForDag(DagInputs.EndDate)} is before the start date {settings.Text(DagInputs.StartDate) ?? defaults.TextForDag(DagInputs.StartDate)}. No run could exist; change one of them.");
        var options = Options(settings);
        var timetable = Timetable(settings, start, options);
        var assets = settings.OfAssets(DagInputs.Assets, AssetJson.Condition);
        var catchup = settings.Flag(DagInputs.Catchup, false);
        if (catchup && start is null && timetable is not { CanBeScheduled: false })
            report.Error(settings.Place(DagInputs.Catchup)!, "Catch up needs a start date: without it there is no first interval to run. Set 'startDate', or 'catchup' to false.");
        var dag = new Dag
        {
            DagId = dagId,
            Description = settings.Text(DagInputs.Description) ?? (definition.Description is { Length: > 0 } text ? text : null),
            DagDisplayName = settings.Text(DagInputs.DagDisplayName),
            DocMd = templates.ReadDoc(settings.Text(DagInputs.DocMd), settings.Place(DagInputs.DocMd)),
            TemplateSearchPath = templates.SearchPath,
            UserDefinedMacros = UserDefinedMacros(settings),
            OwnerLinks = OwnerLinks(settings),
            Schedule = settings.Text(DagInputs.Schedule),
            Timetable = WithAssets(timetable ?? TimetableFactory.Create(null, null, null, null), assets),
            Assets = assets,
            StartDate = start?.ToUniversalTime(),
            EndDate = end?.ToUniversalTime(),
            Catchup = catchup,
            MaxActiveRuns = settings.Integer(DagInputs.MaxActiveRuns, 16, least: 1),
            MaxActiveTasks = settings.Integer(DagInputs.MaxActiveTasks, 16, least: 1),
            MaxConsecutiveFailedDagRuns = settings.Integer(DagInputs.MaxConsecutiveFailedDagRuns, 0, least: 0),
            FailFast = settings.Flag(DagInputs.FailFast, false),
            DagRunTimeout = settings.Duration(DagInputs.DagRunTimeout, mayBeZero: false),
            IsPausedUponCreation = settings.Flag(DagInputs.IsPausedUponCreation, true),
            Params = Params(settings, defaults),
            RenderTemplateAsNativeObj = settings.Flag(DagInputs.RenderTemplateAsNativeObj, false),
            Callbacks = new CallbackReader(catalog, settings, report).OfDag(),
            Tags = Tags(settings),
            Owner = settings.Text(DagInputs.Owner) ?? defaults.TextForDag(DagInputs.Owner) ?? "airflow",
            Tasks = [],
        };
        if (dag.Timetable.ActiveRunsLimit is { } limit && dag.MaxActiveRuns > limit)
            report.Error(settings.Place(DagInputs.MaxActiveRuns) ?? settings.Place(DagInputs.Schedule)!, $"Schedule '{dag.Schedule}' allows {limit} run at a time, but 'maxActiveRuns' is {dag.MaxActiveRuns}. Set 'maxActiveRuns' to {limit}.");
        CheckDefaults(dag, settings);
        // A start date's offset is the DAG's zone when none is named, so it belongs to what the hash sees.
        return new DagSettings(dag, settings.Text(DagInputs.Timetable), settings.Text(DagInputs.Timezone) ?? start?.ToString("zzz", null), options, defaults);
    }

    private static ITimetable WithAssets(ITimetable time, AssetCondition? assets) => assets is null ? time : new AssetTimetable(time is NullTimetable ? null : time);

    private TimetableOptions Options(SettingReader settings)
    {
        var interval = settings.Duration(DagInputs.Interval, mayBeZero: true) ?? TimeSpan.Zero;
        var text = settings.Text(DagInputs.RunImmediately);
        var immediately = bool.TryParse(text, out var always) ? always ? TriggerOptions.Always : (TimeSpan?)null
            : text is not null && InputText.TryDuration(text, out var past) ? past : null;
        if (text is not null && immediately is null && !bool.TryParse(text, out _))
            report.Error(settings.Place(DagInputs.RunImmediately)!, $"'{DagInputs.RunImmediately}' is '{text}'. Write true, false or {InputText.Expected(InputType.Duration)}.");
        return new(interval, immediately, settings.Flag(DagInputs.RestrictToEvents, false));
    }

    private ITimetable? Timetable(SettingReader settings, DateTimeOffset? start, TimetableOptions options)
    {
        var zone = settings.Text(DagInputs.Timezone);
        // One setting at a time, so that each fault is told at its own place.
        var zoneIsGood = Try(settings, DagInputs.Timezone, () => TimetableFactory.Create(null, null, zone, start)) is not null;
        var schedule = settings.Text(DagInputs.Schedule);
        return Try(settings, DagInputs.Schedule,
            () => TimetableFactory.Create(schedule, settings.Text(DagInputs.Timetable), zoneIsGood ? zone : null, start, options));
    }

    private ITimetable? Try(SettingReader settings, string name, Func<ITimetable> create)
    {
        try
        {
            return create();
        }
        catch (TimetableException error)
        {
            report.Error(settings.Place(name)!, error.Message);
            return null;
        }
    }

    // Airflow refuses it as well: nobody is there to name the values of a run that the schedule makes.
    private void CheckDefaults(Dag dag, SettingReader settings)
    {
        if (!dag.Timetable.CanBeScheduled) return;
        foreach (var problem in dag.Params.Problems([]))
            report.Error(settings.Place(DagInputs.Params) ?? settings.Place(DagInputs.DefaultArgs)!, $"{problem} The DAG has a schedule, so every param needs a valid default: give it one, allow null in its schema, or remove the schedule.");
    }

    private Dictionary<string, string> OwnerLinks(SettingReader settings)
    {
        var links = new Dictionary<string, string>(StringComparer.Ordinal);
        if (settings.Text(DagInputs.OwnerLinks) is not { } text) return links;
        if (JsonNode.Parse(text) is not JsonObject owners)
        {
            report.Error(settings.Place(DagInputs.OwnerLinks)!, "'ownerLinks' must be a JSON object of owners and addresses such as {\"data\": \"mailto:data@example.com\"}.");
            return links;
        }
        foreach (var (owner, link) in owners)
        {
            // Whoever follows it is signed in here: nothing but an address of the web or of mail is let through.
            if (link is JsonValue value && value.TryGetValue<string>(out var address) && Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" or "mailto") links[owner] = address;
            else report.Error(settings.Place(DagInputs.OwnerLinks)!, $"The link of owner '{owner}' is {link?.ToJsonString() ?? "null"} but must begin with http://, https:// or mailto:.");
        }
        return links;
    }

    private List<string> SearchPath(SettingReader settings)
    {
        if (settings.Text(DagInputs.TemplateSearchPath) is not { } text) return [];
        var folders = text.StartsWith('[') ? JsonNode.Parse(text)!.AsArray().Select(folder => folder!.GetValue<string>()).ToList() : [text];
        foreach (var folder in folders)
        {
            if (TemplateFileName.Fault(folder) is { } fault) report.Error(settings.Place(DagInputs.TemplateSearchPath)!, $"'{DagInputs.TemplateSearchPath}' names the folder '{folder}', which {fault}");
        }
        List<string> good = [.. folders.Where(folder => TemplateFileName.Fault(folder) is null).Select(TemplateFileName.Key)];
        foreach (var folder in good) templates.CheckFolder(folder, settings.Place(DagInputs.TemplateSearchPath)!);
        return good;
    }

    private JsonObject UserDefinedMacros(SettingReader settings)
    {
        if (settings.Text(DagInputs.UserDefinedMacros) is not { } text) return [];
        if (JsonNode.Parse(text) is not JsonObject macros)
        {
            report.Error(settings.Place(DagInputs.UserDefinedMacros)!, "'userDefinedMacros' must be a JSON object of names and values such as {\"schema\": \"sales\"}.");
            return [];
        }
        // In Airflow the names of a run hide such a macro, which nobody notices.
        foreach (var name in macros.Select(macro => macro.Key).Where(name => TemplateNames.Fault(name) is not null))
            report.Error(settings.Place(DagInputs.UserDefinedMacros)!, $"'userDefinedMacros' has the name '{name}', which {TemplateNames.Fault(name)}");
        return macros;
    }

    private DagParams Params(SettingReader settings, DefaultArgs defaults) => defaults.ParamsForDag(report).With(settings.Params(DagInputs.Params));

    private List<string> Tags(SettingReader settings)
    {
        if (settings.Text(DagInputs.Tags) is not { } text) return [];
        var tags = JsonNode.Parse(text)!.AsArray().Select(tag => tag!.GetValue<string>()).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        foreach (var tag in tags.Where(tag => tag.Length is 0 or > LongestTag))
            report.Error(settings.Place(DagInputs.Tags)!, $"The tag '{tag}' has {tag.Length} characters. A tag has 1 to {LongestTag}.");
        return tags;
    }
}

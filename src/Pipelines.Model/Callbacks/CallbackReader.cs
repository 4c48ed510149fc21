using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Pipelines.Model.Activities;
using Pipelines.Model.Dags;
using Pipelines.Model.Hitl;
using Pipelines.Model.Templates;

namespace Pipelines.Model.Callbacks;

/// <summary>Reads the notifiers of a task or a DAG: JSON objects of an activity's type and inputs, checked as the inputs of a task are.</summary>
internal sealed partial class CallbackReader(ActivityCatalog catalog, SettingReader settings, DagFileReport report)
{
    private const string Type = "type";
    private const string Timeout = "timeout";

    private static readonly InputDescriptor TimeoutInput = new(Timeout, InputType.Duration, "Timeout", "How long it may take, e.g. 00:01:00.");

    /// <summary>Those of a task, with the mails of its <c>email</c> behind them.</summary>
    public CallbackLists OfTask()
    {
        var mail = settings.Text(CallbackInputs.Email) is { } to ? Mail(to) : [];
        IReadOnlyList<Notifier> IfWanted(string setting) => settings.Flag(setting, true) ? mail : [];
        return Of(
            (CallbackKind.OnExecuteCallback, CallbackInputs.OnExecute, []),
            (CallbackKind.OnSuccessCallback, CallbackInputs.OnSuccess, []),
            (CallbackKind.OnFailureCallback, CallbackInputs.OnFailure, IfWanted(CallbackInputs.EmailOnFailure)),
            (CallbackKind.OnRetryCallback, CallbackInputs.OnRetry, IfWanted(CallbackInputs.EmailOnRetry)),
            (CallbackKind.OnSkippedCallback, CallbackInputs.OnSkipped, []),
            (CallbackKind.Notifiers, HitlInputs.Notifiers, []));
    }

    /// <summary>Those of a DAG.</summary>
    public CallbackLists OfDag() => Of((CallbackKind.OnSuccessCallback, CallbackInputs.OnSuccess, []), (CallbackKind.OnFailureCallback, CallbackInputs.OnFailure, []));

    private CallbackLists Of(params (CallbackKind Kind, string Setting, IReadOnlyList<Notifier> Behind)[] wanted)
    {
        var lists = wanted.Select(each => (each.Kind, List: (IReadOnlyList<Notifier>)[.. Read(each.Setting), .. each.Behind])).Where(each => each.List.Count > 0).ToList();
        return lists.Count == 0 ? CallbackLists.None : new(lists.ToDictionary(each => each.Kind, each => each.List));
    }

    private List<Notifier> Mail(string to)
    {
        if (catalog.Find(AlertMail.ActivityType) is { } mail)
        {
            if (mail.Inputs.FirstOrDefault(input => input.Name == "to")?.Check is { } check && LiteralCheck.Fault(check, new() { ["to"] = to }) is { } fault)
                report.ForeseenError(settings.Place(CallbackInputs.Email)!, $"Of '{CallbackInputs.Email}': {fault}");
            return [AlertMail.To(to)];
        }
        report.Error(settings.Place(CallbackInputs.Email)!, $"'{CallbackInputs.Email}' needs the activity '{AlertMail.ActivityType}', which this host does not know.");
        return [];
    }

    private IEnumerable<Notifier> Read(string setting)
    {
        if (settings.Notifiers(setting) is not { } text) return [];
        var (place, written) = (settings.Place(setting)!, JsonNode.Parse(text));
        if (written is JsonObject one) return Read(place.Path, place.Line, one) is { } single ? [single] : [];
        if (written is JsonArray list) return [.. list.Select((item, index) => Read(string.Create(CultureInfo.InvariantCulture, $"{place.Path}[{index}]"), place.Line, item)).OfType<Notifier>()];
        if (written is not null) report.Error(place, $"'{setting}' must be a list of notifiers such as {Example}.");
        return [];
    }

    private Notifier? Read(string path, int line, JsonNode? item)
    {
        var known = catalog.Descriptors.Values.Where(descriptor => descriptor.Notifies != NotifierUse.None).Select(descriptor => descriptor.TypeName);
        if (item is not JsonObject written || written[Type] is not JsonValue named || !named.TryGetValue<string>(out var type))
        {
            report.Error(path, line, $"A notifier must be an object with a 'type' such as {Example}. Types: {string.Join(", ", known.Order(StringComparer.Ordinal))}.");
            return null;
        }
        if (known.Contains(type, StringComparer.Ordinal)) return Read(path, line, catalog.Find(type)!, written);
        report.Error($"{path}.{Type}", line, $"'{type}' is no notifier.{NearestName.Hint(type, known)}");
        return null;
    }

    private Notifier Read(string path, int line, ActivityDescriptor descriptor, JsonObject written)
    {
        var asJson = written.Where(member => member.Value is JsonObject or JsonArray).Select(member => member.Key).ToHashSet(StringComparer.Ordinal);
        var own = descriptor.Inputs.Where(input => !TaskInputs.Names.Contains(input.Name)).Append(TimeoutInput)
            .Select(input => input.Type == InputType.String && asJson.Contains(input.Name) ? input with { Type = InputType.Json } : input).ToList();
        List<JsonMember> members = [.. written.Where(member => member.Key != Type).Select(member => new JsonMember(member.Key, TemplatePart.Of($"{path}.{member.Key}", line, member.Value)))];
        var part = new JsonPart(path, line, System.Text.Json.JsonValueKind.Object) { Members = members };
        var inputs = new InputReader(descriptor with { Inputs = own }, literalsOnly: false, report).Read(new ElsaActivity(part, "", descriptor.TypeName, null, members));
        foreach (var code in inputs.Values.Where(input => input.Descriptor.UiHint == "code-editor" && NamesWhatWasSaid().IsMatch(input.Expression.Text))) ReportCode(code);
        foreach (var file in inputs.Values.Where(NamesFile)) ReportFile(file);
        return new Notifier(descriptor.TypeName, inputs.Where(input => input.Key != Timeout).ToDictionary(input => input.Key, input => input.Value.Expression, StringComparer.Ordinal))
        {
            Timeout = TimeoutOf(inputs.GetValueOrDefault(Timeout)),
            JsonInputs = [.. own.Where(input => asJson.Contains(input.Name) && descriptor.Inputs.First(known => known.Name == input.Name).Type == InputType.String).Select(input => input.Name)],
        };
    }

    // The text of a failure may come from the data that a task read; in the middle of a command it would be run.
    private void ReportCode(ElsaInput code) => report.Error(code.Part,
        $"'{code.Descriptor.Name}' is code, and what a task said of its failure must not become part of it. Set an environment variable, \"env\": {{\"SAID\": \"{{{{ exception }}}}\"}}, and write \"$SAID\" in the command.");

    // Template files are collected for the inputs of tasks alone: at the moment to tell, none would be there.
    private static bool NamesFile(ElsaInput input) => input.Texts.Any(text =>
        input.Descriptor.IsTemplateFile(text) || (input.Expression.Syntax == ExpressionSyntax.Jinja && JinjaTemplate.Parse(text).References.Count > 0));

    private void ReportFile(ElsaInput input) => report.Error(input.Part,
        $"'{input.Descriptor.Name}' names a template file, and callbacks read none. Write the text itself here; a text that only looks like the name of a file ends with a space.");

    private TimeSpan TimeoutOf(ElsaInput? input)
    {
        if (input is null) return Notifier.UsualTimeout;
        if (input.Expression.Syntax == ExpressionSyntax.Literal && InputText.TryDuration(input.Expression.Text, out var limit) && limit > TimeSpan.Zero && limit <= Notifier.LongestTimeout) return limit;
        report.Error(input.Part, $"'{Timeout}' is {input.Expression.Text} but must be {InputText.Expected(InputType.Duration)}, more than zero and at most {Notifier.LongestTimeout}: whoever is told waits no longer. Longer work belongs into a task.");
        return Notifier.UsualTimeout;
    }

    private static string Example => "{\"type\": \"Http\", \"httpConnId\": \"alerts\", \"endpoint\": \"hook\"}";

    [GeneratedRegex(@"\{[{%](?:(?![%}]\}).)*\b(exception|reason)\b", RegexOptions.Singleline | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex NamesWhatWasSaid();
}

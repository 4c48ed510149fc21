using System.Text.Json;
using Pipelines.Model.Activities;
using Pipelines.Model.Activities.Sensors;
using Pipelines.Model.Callbacks;
using Pipelines.Model.Designer;
using Pipelines.Model.Templates;

namespace Pipelines.Model.Dags;

/// <summary>An input as the file sets it, checked.</summary>
internal sealed record ElsaInput(JsonPart Part, InputDescriptor Descriptor, InputExpression Expression)
{
    /// <summary>It is the DAG's default and not the activity's own.</summary>
    public bool IsDefault { get; init; }

    /// <summary>Where its value stands.</summary>
    public JsonPart Place => Part.Get("expression")?.Get("value") ?? Part;

    /// <summary>What is rendered: the text, or each text in the JSON that it is.</summary>
    public IEnumerable<string> Texts => Descriptor.Type.IsJson() ? NestedTemplate.TextsOf(Expression.Text) : [Expression.Text];
}

/// <summary>Reads and checks the inputs of one activity (reference/elsa-studio-contract.md §3.3).</summary>
/// <param name="descriptor">What the activity has.</param>
/// <param name="literalsOnly">True: every input is a setting, read when the file is read and not when a task runs.</param>
/// <param name="report">Takes what is wrong.</param>
internal sealed class InputReader(ActivityDescriptor descriptor, bool literalsOnly, DagFileReport report)
{
    private static readonly string?[] SettingCategories = [TaskInputs.Category, SensorInputs.Category, CallbackInputs.Category];

    /// <summary>What the activity says to the inputs that were read last.</summary>
    public LiteralCheck? Literals { get; private set; }

    /// <summary>The inputs that are given, by name. An empty text counts as not given.</summary>
    /// <param name="activity">The activity.</param>
    /// <param name="defaults">Values for the inputs that it has and does not give; those for other inputs are passed over.</param>
    public Dictionary<string, ElsaInput> Read(ElsaActivity activity, IReadOnlyList<JsonMember>? defaults = null)
    {
        var found = new Dictionary<string, ElsaInput>(StringComparer.Ordinal);
        var rejected = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (name, value) in activity.Values)
        {
            if (!value.IsNull && Find(name, value) is { } input) Take(input, value, isDefault: false);
        }
        foreach (var (name, value) in defaults ?? [])
        {
            if (!found.ContainsKey(name) && !rejected.Contains(name) && descriptor.Inputs.FirstOrDefault(input => input.Name == name) is { } input) Take(input, value, isDefault: true);
        }
        // A rejected value has its own message; that it is missing too would only confuse.
        foreach (var input in descriptor.Inputs.Where(input => input.Required && !found.ContainsKey(input.Name) && !rejected.Contains(input.Name) && !MappingReader.MayGive(input.Name, activity)))
            report.Error(activity.Part.Get(input.Name) ?? activity.Part, $"'{activity.Label}' needs the input '{input.Name}' ({input.DisplayName}). {input.Description} Set it.");
        Literals = new LiteralCheck(descriptor, activity, found, rejected, report);
        Literals.Check();
        return found;

        void Take(InputDescriptor input, JsonPart value, bool isDefault)
        {
            if (Expression(input, value) is not { } written) rejected.Add(input.Name);
            else if (written.Text.Length == 0) return;
            else if (Check(input, value, written) is { } expression) found.Add(input.Name, new ElsaInput(value, input, expression) { IsDefault = isDefault });
            else rejected.Add(input.Name);
        }
    }

    private InputDescriptor? Find(string name, JsonPart value)
    {
        if (descriptor.Inputs.FirstOrDefault(input => input.Name == name) is { } known) return known;
        if (value.Get("memoryReference") is not null && value.Get("expression") is null)
            report.Warn(value, $"The output '{name}' is bound to an Elsa variable, which has no effect. Read it in other tasks with ti.xcom_pull.");
        else
            report.Error(value, $"'{descriptor.TypeName}' has no input '{name}'.{NearestName.Hint(name, descriptor.Inputs.Select(input => input.Name))}");
        return null;
    }

    private InputExpression? Expression(InputDescriptor input, JsonPart value)
    {
        if (value.Kind is JsonValueKind.String or JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False)
            return new InputExpression(ExpressionSyntax.Literal, value.Text);
        // People write lists and objects as such.
        if (input.TakesJson && (value.Kind == JsonValueKind.Array || (value.IsObject && !value.Members.Any(member => JsonShape.InputMembers.Contains(member.Name)))))
            return new InputExpression(ExpressionSyntax.Literal, value.Text);
        if (value.Get("expression") is not { IsObject: true } expression)
        {
            report.Error(value, value.Get("memoryReference") is not null
                ? $"Input '{input.Name}' is bound to an Elsa variable, which does not exist here. Give it a Literal, Jinja or JavaScript expression."
                : $"Input '{input.Name}' must be a plain value or {{\"typeName\": \"…\", \"expression\": {{\"type\": \"Literal\", \"value\": …}}}}.");
            return null;
        }
        return Syntax(expression) is { } syntax ? new InputExpression(syntax, expression.Get("value")?.Text ?? "") : null;
    }

    private ExpressionSyntax? Syntax(JsonPart expression)
    {
        switch (expression.Get("type")?.Text)
        {
            // Studio's lists, dictionaries and check lists are "Object" expressions whose value is JSON in a text.
            case "Literal" or "Object": return ExpressionSyntax.Literal;
            case "Jinja": return ExpressionSyntax.Jinja;
            case "JavaScript": return ExpressionSyntax.JavaScript;
            case var type:
                report.Error(expression.Get("type") ?? expression, $"The expression syntax '{type}' is not known. Use Literal, Jinja or JavaScript.");
                return null;
        }
    }

    private InputExpression? Check(InputDescriptor input, JsonPart value, InputExpression written)
    {
        var place = value.Get("expression")?.Get("value") ?? value;
        if (written.Syntax == ExpressionSyntax.Literal) return CheckLiteral(input, place, written);
        if (IsSetting(input))
        {
            report.Error(value.Get("expression")?.Get("type") ?? value,
                $"'{input.Name}' is a setting, read before any run exists, so it must be a Literal and not {written.Syntax}.");
            return null;
        }
        return CheckTemplate(input, place, written) ? written : null;
    }

    private bool IsSetting(InputDescriptor input) => literalsOnly || SettingCategories.Contains(input.Category);

    private bool CheckTemplate(InputDescriptor input, JsonPart place, InputExpression written)
    {
        if (ExpressionCheck.Fault(written, input.Type) is not { } fault) return true;
        report.Error(place, $"The {written.Syntax} of input '{input.Name}' does not parse: {fault}");
        return false;
    }

    private InputExpression? CheckLiteral(InputDescriptor input, JsonPart place, InputExpression written)
    {
        if (input.IsTemplateFile(written.Text)) return written;
        if (InputText.Normalize(input.Type, written.Text) is not { } text)
        {
            report.Error(place, $"Input '{input.Name}' is '{written.Text}' but must be {InputText.Expected(input.Type)}.");
            return null;
        }
        CheckKind(input, place, text);
        if (input.Options.Count > 0 && !input.Options.Contains(text, StringComparer.Ordinal))
        {
            report.Error(place, $"Input '{input.Name}' is '{text}' but must be one of {string.Join(", ", input.Options)}.{Suggestion(text, input.Options)}");
            return null;
        }
        // What is in its dicts is read text by text with the mapping.
        if (input.Name == TaskInputs.ExpandKwargs) return written;
        if (input.IsTemplate) return CheckTemplate(input, place, written with { Syntax = ExpressionSyntax.Jinja }) ? written : null;
        // The texts of notifiers are read as templates with them.
        if ((input.Type == InputType.String || input.Type.IsJson()) && !literalsOnly && !input.HoldsNotifiers && JinjaTemplate.HasBraces(text))
            report.Warn(place, $"Input '{input.Name}' looks like a template, but its syntax is Literal, so it is used as it stands. Choose the syntax Jinja to render it.");
        return written with { Text = text };
    }

    /// <summary>What is no text has one all the same, which nobody meant.</summary>
    private void CheckKind(InputDescriptor input, JsonPart place, string text)
    {
        if (place.Kind == JsonValueKind.Object && input.Type == InputType.StringOrList)
            report.ForeseenError(place, $"Input '{input.Name}' is a JSON object but must be {InputText.Expected(input.Type)}.");
        if (place.Kind is JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False && IsSetting(input) && input is { Type: InputType.String or InputType.StringOrList, TakesScalars: false, Options.Count: 0 })
            report.ForeseenError(place, $"Input '{input.Name}' is {text}, {(place.Kind == JsonValueKind.Number ? "a number" : "a boolean")}, but must be {InputText.Expected(input.Type)}. If you mean the text, write it in quotes: \"{text}\".");
    }

    private static string Suggestion(string text, IReadOnlyList<string> options) =>
        NearestName.Of(text, options) is { } near ? $" Did you mean '{near}'?" : "";
}

using Pipelines.Model.Dags;

namespace Pipelines.Model.Activities;

/// <summary>What the designer, the DAG file reader and the engine know of an activity type, without its code.</summary>
/// <param name="TypeName">The Elsa type name written in DAG files, e.g. <c>ExtractToS3</c>. Case-sensitive.</param>
/// <param name="DisplayName">The name a person reads in the picker.</param>
/// <param name="Category">The picker's group, e.g. <c>AWS</c>.</param>
/// <param name="Description">One sentence: what it does.</param>
/// <param name="Inputs">Its own inputs; the inputs of category "Task" that every activity has are added by the catalog.</param>
/// <param name="Outputs">Names of what it returns under XCom key <c>return_value</c>.</param>
/// <param name="Ports">Its outcomes; a connection from another port than <c>Done</c> is a branch.</param>
public sealed record ActivityDescriptor(
    string TypeName,
    string DisplayName,
    string Category,
    string Description,
    IReadOnlyList<InputDescriptor> Inputs,
    IReadOnlyList<OutputDescriptor> Outputs,
    IReadOnlyList<string> Ports)
{
    /// <summary>Why it cannot be tried alone in the designer, for the user; null: it can.</summary>
    public string? NotTestable { get; init; }

    /// <summary>True: whoever sets its inputs runs code on the workers, which a DAG saved in the designer may only where the host's setting lets it.</summary>
    public bool RunsCode { get; init; }

    /// <summary>What a person should know, in a sentence, before a task of it that has succeeded runs again; null: nothing.</summary>
    public Func<DagTask, string?>? BeforeRunningAgain { get; init; }

    /// <summary>Whether it may tell people or programs of tasks and runs, as a notifier of their callbacks (airflow-semantics.md §6).</summary>
    public NotifierUse Notifies { get; init; }

    /// <summary>
    /// True: it may say with <see cref="Outcome.Succeeded.Downstream"/> what becomes of the tasks after it (Airflow's inherits_from_skipmixin).
    /// So may every activity with a port beside <c>Done</c>.
    /// </summary>
    public bool SkipsDownstream
    {
        get => field || Ports.Any(port => port != Done);
        init;
    }

    /// <summary>Of an activity that asks people (airflow-semantics.md §23): what it offers where a file does not say; null: it asks nobody.</summary>
    public IReadOnlyList<string>? HitlOptions { get; init; }

    /// <summary>What its inputs must be together; what one must be alone is <see cref="InputDescriptor.Check"/>.</summary>
    public IReadOnlyList<InputCheck> Checks { get; init; } = [];

    /// <summary>The inputs that name tasks after it, of an activity that branches by ids.</summary>
    public IReadOnlyList<NamedTasks> Follows { get; init; } = [];

    /// <summary>The port whose tasks no branch skips, and the only one of an activity that does not branch.</summary>
    public const string Done = "Done";
}

/// <summary>One input of an activity.</summary>
/// <param name="Name">The key in the DAG file, camelCase, e.g. <c>intervalColumn</c>.</param>
/// <param name="Type">What a rendered value must parse as.</param>
/// <param name="DisplayName">The label in the designer.</param>
/// <param name="Description">One sentence with units and an example where it helps.</param>
public sealed record InputDescriptor(string Name, InputType Type, string DisplayName, string Description)
{
    /// <summary>The value used when the file does not set the input; null: none.</summary>
    public string? Default { get; init; }

    /// <summary>True: it reads files of the worker, so that setting it in the designer needs what <see cref="ActivityDescriptor.RunsCode"/> does.</summary>
    public bool ReadsFiles { get; init; }

    /// <summary>True: a DAG file that leaves it out (or empty) is rejected.</summary>
    public bool Required { get; init; }

    /// <summary>True: a setting whose text is or holds templates, though its syntax is Literal as that of every setting.</summary>
    public bool IsTemplate { get; init; }

    /// <summary>True: a list of notifiers, which is read with the file and is a setting of the task wherever it stands; the texts of its notifiers are templates.</summary>
    internal bool HoldsNotifiers { get; init; }

    /// <summary>A text with one of these endings, e.g. <c>.sql</c>, is the name of a template file (Airflow's template_ext, airflow-semantics.md §22); empty: none is.</summary>
    public IReadOnlyList<string> TemplateExtensions { get; init; } = [];

    /// <summary>Whether a text is the name of a template file. As in Airflow one that ends with a space is not.</summary>
    public bool IsTemplateFile(string text) => TemplateExtensions.Any(ending => text.EndsWith(ending, StringComparison.Ordinal));

    /// <summary>The only values allowed for a Literal; empty: any.</summary>
    public IReadOnlyList<string> Options { get; init; } = [];

    /// <summary>
    /// Reads the input as the activity does when it runs, of inputs that hold no other: its <see cref="TaskFailure"/> is an error of the DAG
    /// file when the value is known then. Null: any value of the type will do. It must ask nothing but the value.
    /// </summary>
    public Action<RenderedInputs>? Check { get; init; }

    /// <summary>Of a setting that is a text: a number, true or false may be written without quotes.</summary>
    public bool TakesScalars { get; init; }

    /// <summary>Where the designer finds suggestions; null: nowhere.</summary>
    public OptionSource? OptionsFrom { get; init; }

    /// <summary>The tab in the designer: null for the activity's own, <c>Task</c> for settings that every task has.</summary>
    public string? Category { get; init; }

    /// <summary>Elsa Studio's editor, e.g. <c>singleline</c>, <c>multiline</c>, <c>dropdown</c>, <c>checkbox</c>, <c>code-editor</c>.</summary>
    public string UiHint { get; init; } = "singleline";

    /// <summary>For a <c>code-editor</c>: the language it colours, e.g. <c>sql</c>; null: plain text.</summary>
    public string? Language { get; init; }

    /// <summary>A file may give it as a list or an object, not only as a text of JSON.</summary>
    public bool TakesJson { get => field || Type.IsJson(); init; }
}

/// <summary>How an activity may be used to notify.</summary>
public enum NotifierUse
{
    /// <summary>It may not.</summary>
    None,

    /// <summary>Run once; what fails is not done again.</summary>
    Once,

    /// <summary>A delivery that failed for the moment is tried again a few times.</summary>
    Redelivered,
}

/// <summary>One output of an activity, a key of its <c>return_value</c>.</summary>
/// <param name="Name">The key.</param>
/// <param name="Description">One sentence with units.</param>
public sealed record OutputDescriptor(string Name, string Description);

/// <summary>What a rendered input must parse as.</summary>
public enum InputType
{
    /// <summary>Any text.</summary>
    String,

    /// <summary>A 64-bit integer, invariant culture.</summary>
    Integer,

    /// <summary>A double, invariant culture.</summary>
    Number,

    /// <summary><c>true</c> or <c>false</c>, any case (Elsa Studio writes <c>True</c>).</summary>
    Boolean,

    /// <summary>A duration: <c>hh:mm:ss</c>, ISO 8601 (<c>PT5M</c>) or seconds as a number.</summary>
    Duration,

    /// <summary>An instant or date in ISO 8601; without offset it is UTC.</summary>
    DateTime,

    /// <summary>A JSON array of strings.</summary>
    StringList,

    /// <summary>A text, or a JSON array of texts.</summary>
    StringOrList,

    /// <summary>Any JSON value.</summary>
    Json,
}

/// <summary>What follows from an <see cref="InputType"/>.</summary>
public static class InputTypes
{
    /// <summary>Whether the text of such an input is JSON, in which templates are rendered text by text.</summary>
    public static bool IsJson(this InputType type) => type is InputType.Json or InputType.StringList or InputType.StringOrList;
}

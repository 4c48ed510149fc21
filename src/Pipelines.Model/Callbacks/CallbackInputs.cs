using Pipelines.Model.Activities;

namespace Pipelines.Model.Callbacks;

/// <summary>The settings of tasks and DAGs that say whom to tell of what (airflow-semantics.md §1, §5).</summary>
public static class CallbackInputs
{
    /// <summary>Before the work.</summary>
    public const string OnExecute = "onExecuteCallback";

    /// <summary>After success.</summary>
    public const string OnSuccess = "onSuccessCallback";

    /// <summary>After a failure for good.</summary>
    public const string OnFailure = "onFailureCallback";

    /// <summary>After a failure that is retried.</summary>
    public const string OnRetry = "onRetryCallback";

    /// <summary>After the task has skipped itself.</summary>
    public const string OnSkipped = "onSkippedCallback";

    /// <summary>Addresses of mails on failures and retries.</summary>
    public const string Email = "email";

    /// <summary>Whether they get one of a failure.</summary>
    public const string EmailOnFailure = "emailOnFailure";

    /// <summary>Whether they get one of a retry.</summary>
    public const string EmailOnRetry = "emailOnRetry";

    /// <summary>The tab of the designer that shows them.</summary>
    public const string Category = "Callbacks";

    private const string Forms =
        "A list of notifiers, each an activity's type and inputs, e.g. [{\"type\": \"Http\", \"httpConnId\": \"alerts\", \"endpoint\": \"hook\", \"data\": {\"text\": \"{{ ti.task_id }}: {{ exception }}\"}}], or of type Email or Bash; texts are templates.";

    /// <summary>Those of a task, in the order the designer shows them.</summary>
    public static IReadOnlyList<InputDescriptor> OfTask { get; } =
    [
        List(OnFailure, "On failure", "Tells when the task has failed for good."),
        List(OnRetry, "On retry", "Tells when an attempt has failed and another follows."),
        List(OnSuccess, "On success", "Tells when the task has succeeded."),
        List(OnSkipped, "On skipped", "Tells when the task has skipped itself, not when a branch or trigger rule skips it."),
        List(OnExecute, "On execute", "Tells just before the work begins, which waits for it."),
        new(Email, InputType.StringOrList, "Email", "Who gets a mail of failures and retries through connection smtp_default: an address, several with , between, or a JSON array.") { Category = Category },
        new(EmailOnFailure, InputType.Boolean, "Email on failure", "Whether 'email' hears of a failure for good.") { Category = Category, Default = "true", UiHint = "checkbox" },
        new(EmailOnRetry, InputType.Boolean, "Email on retry", "Whether 'email' hears of a failure that is retried.") { Category = Category, Default = "true", UiHint = "checkbox" },
    ];

    /// <summary>Those of a DAG.</summary>
    public static IReadOnlyList<InputDescriptor> OfDag { get; } =
    [
        List(OnFailure, "On failure", "Tells when a run has failed; reason says why. Defaults for tasks are set in 'defaultArgs'."),
        List(OnSuccess, "On success", "Tells when a run has succeeded."),
    ];

    /// <summary>One that takes notifiers.</summary>
    internal static InputDescriptor List(string name, string displayName, string when) =>
        new(name, InputType.Json, displayName, $"{when} {Forms}") { Category = Category, UiHint = "json-editor", HoldsNotifiers = true };
}

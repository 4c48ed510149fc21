using Pipelines.Model.Dags;

namespace Pipelines.Model.Callbacks;

/// <summary>The mail that Airflow's <c>email</c>, <c>email_on_failure</c> and <c>email_on_retry</c> ask for (airflow-semantics.md §5), sent after the callbacks of the same moment.</summary>
internal static class AlertMail
{
    /// <summary>The activity that sends it.</summary>
    public const string ActivityType = "Email";

    // Airflow's words without its links: nothing here knows the address under which people see the pages. What was said is escaped, as it may hold anything.
    private const string Content =
        "Try {{ ti.try_number }} out of {{ ti.max_tries + 1 }}<br>Exception:<br>{{ exception | string | e | replace('\\n', '<br>') }}<br>Host: {{ ti.hostname }}<br>";

    /// <summary>The mail to these, an address or a JSON list of them.</summary>
    public static Notifier To(string addresses) => new(ActivityType, new Dictionary<string, InputExpression>(StringComparer.Ordinal)
    {
        ["to"] = new(ExpressionSyntax.Literal, addresses),
        ["subject"] = new(ExpressionSyntax.Jinja, "Airflow alert: {{ ti }}"),
        ["htmlContent"] = new(ExpressionSyntax.Jinja, Content),
    });
}

using System.Text;
using Pipelines.Model.Activities;

namespace Pipelines.Activities.Sql;

/// <summary>A table as users write it: <c>schema.table</c> or <c>table</c> (then in <c>public</c>); parts may be quoted as in SQL.</summary>
internal sealed record TableName(string Schema, string Name)
{
    /// <summary>Both parts quoted.</summary>
    public string Sql => $"{SqlText.Identifier(Schema)}.{SqlText.Identifier(Name)}";

    /// <summary>The name as Redshift stores it: it folds identifiers to lower case, quoted ones too (enable_case_sensitive_identifier is off by default).</summary>
    public TableName Folded => new(Schema.ToLowerInvariant(), Name.ToLowerInvariant());

    /// <summary>Reads the text of input <paramref name="input"/>.</summary>
    /// <exception cref="TaskFailure">Not one or two names (not retryable).</exception>
    public static TableName Parse(string text, string input)
    {
        var parts = Split(text.Trim());
        if (parts.Count is 0 or > 2 || parts.Any(part => part.Length == 0))
            throw new TaskFailure($"Input '{input}' is '{text}' but must be schema.table, e.g. public.orders.", retryable: false);
        return parts.Count == 1 ? new TableName("public", parts[0]) : new TableName(parts[0], parts[1]);
    }

    public override string ToString() => $"{Schema}.{Name}";

    private static List<string> Split(string text)
    {
        List<string> parts = [];
        var part = new StringBuilder();
        var quoted = false;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '"' && quoted && i + 1 < text.Length && text[i + 1] == '"') part.Append(text[i++]);
            else if (text[i] == '"') quoted = !quoted;
            else if (text[i] == '.' && !quoted) Finish();
            else part.Append(text[i]);
        }
        if (quoted) return [];
        Finish();
        return parts;

        void Finish()
        {
            parts.Add(part.ToString());
            part.Clear();
        }
    }
}

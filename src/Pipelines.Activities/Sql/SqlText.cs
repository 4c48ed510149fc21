using System.Globalization;

namespace Pipelines.Activities.Sql;

/// <summary>Writes names and values into SQL text so that no value can end its own quotes.</summary>
internal static class SqlText
{
    /// <summary>A quoted identifier.</summary>
    public static string Identifier(string name) => $"\"{name.Replace("\"", "\"\"")}\"";

    /// <summary>A quoted string; the server must run with standard_conforming_strings, the default since PostgreSQL 9.1 and in Redshift.</summary>
    public static string Literal(string value) => $"'{value.Replace("'", "''")}'";

    /// <summary>A list of quoted identifiers.</summary>
    public static string Identifiers(IEnumerable<string> names) => string.Join(", ", names.Select(Identifier));

    /// <summary>An instant in UTC with microseconds, the resolution of PostgreSQL and Redshift.</summary>
    public static string Utc(DateTimeOffset instant) =>
        instant.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss.ffffff", CultureInfo.InvariantCulture);
}

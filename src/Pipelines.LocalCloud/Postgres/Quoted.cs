namespace Pipelines.LocalCloud.Postgres;

/// <summary>Names and texts as PostgreSQL writes them, for statements that take no parameters.</summary>
internal static class Quoted
{
    public static string Name(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    /// <summary>E'…' reads the same whatever standard_conforming_strings says.</summary>
    public static string Literal(string text) =>
        $"E'{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "''", StringComparison.Ordinal)}'";
}

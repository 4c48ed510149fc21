using System.Text.Json.Nodes;

namespace Pipelines.Model.Connections;

/// <summary>How to reach an outside system, in Airflow's format (airflow-semantics.md §21).</summary>
/// <param name="ConnId">1–200 characters matching <c>^[\w.-]+$</c>.</param>
/// <param name="ConnType">e.g. <c>postgres</c>, <c>aws</c>, <c>redshift</c>.</param>
public sealed record Connection(string ConnId, string ConnType)
{
    /// <summary>For people.</summary>
    public string? Description { get; init; }

    /// <summary>Host name or address.</summary>
    public string? Host { get; init; }

    /// <summary>User name, or an AWS access key id.</summary>
    public string? Login { get; init; }

    /// <summary>Secret: password, or an AWS secret access key.</summary>
    public string? Password { get; init; }

    /// <summary>Database name for SQL connections.</summary>
    public string? Schema { get; init; }

    /// <summary>0–65535; null: the type's default.</summary>
    public int? Port { get; init; }

    /// <summary>Further settings by name, e.g. <c>sslmode</c>, <c>region_name</c>, <c>endpoint_url</c>, <c>role_arn</c>. May hold secrets.</summary>
    public JsonObject Extra { get; init; } = [];

    /// <summary>The text of an extra, or null.</summary>
    public string? ExtraText(string name) => Extra.TryGetPropertyValue(name, out var value) ? value?.ToString() : null;
}

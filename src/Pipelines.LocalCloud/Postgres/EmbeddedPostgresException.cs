namespace Pipelines.LocalCloud.Postgres;

/// <summary>The embedded PostgreSQL cannot be found, prepared, started or reclaimed. The message says what to do.</summary>
public sealed class EmbeddedPostgresException(string message, Exception? cause = null) : Exception(message, cause);

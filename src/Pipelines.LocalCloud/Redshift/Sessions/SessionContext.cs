using Pipelines.LocalCloud.Redshift.Catalog;

namespace Pipelines.LocalCloud.Redshift.Sessions;

/// <summary>What a running session knows beside its sockets.</summary>
/// <param name="ProcessId">The backend's process, which Redshift's system tables call the session.</param>
internal sealed record SessionContext(RedshiftOptions Options, RedshiftCatalog Catalog, int ProcessId, string Database);

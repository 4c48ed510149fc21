using Pipelines.LocalCloud.Redshift.Wire;

namespace Pipelines.LocalCloud.Redshift.Sql;

/// <summary>SET, SHOW and RESET of parameters that only Redshift has: they are kept under a prefix and steer nothing here.</summary>
internal static class SessionParameters
{
    private static readonly string[] Known =
        ["query_group", "wlm_query_slot_count", "enable_result_cache_for_session", "analyze_threshold_percent", "enable_vacuum_boost", "max_cursor_result_set_size", "mv_enable_aqmv_for_session", "use_fips_ssl"];

    public static void Rewrite(SqlCursor at, SqlEdits edits)
    {
        at.Position++;
        if (at.Current.IsAny("session", "local")) at.Position++;
        if (at.Current.Is("enable_case_sensitive_identifier") && !at[0].Is("show"))
            throw new SqlErrorException(SqlError.Unsupported("enable_case_sensitive_identifier is not supported by the local stand-in for Redshift; names fold to lower case, as on a cluster by default."));
        if (Array.Exists(Known, at.Current.Is)) edits.Insert(at.Current.Start, "redshift.");
        at.Position = 0;
    }
}

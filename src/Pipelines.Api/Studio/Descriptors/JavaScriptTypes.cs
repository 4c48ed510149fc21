namespace Pipelines.Api.Studio.Descriptors;

/// <summary>What an input's JavaScript may name, as TypeScript declarations for the editor's completion.</summary>
internal static class JavaScriptTypes
{
    public const string Declarations =
        """
        /** The run's id, e.g. manual__2026-01-01T00:00:00+00:00. */
        declare const run_id: string;
        /** The params of the DAG and the run's conf over them. */
        declare const params: { [name: string]: any };
        /** The soonest moment the run may start, ISO 8601. */
        declare const run_after: string;
        /** The run's logical date, ISO 8601. Not defined in a run without one; so are the following. */
        declare const logical_date: string;
        /** The logical date as 2026-01-01. */
        declare const ds: string;
        /** The logical date as 20260101. */
        declare const ds_nodash: string;
        /** The logical date as 2026-01-01T00:00:00+00:00. */
        declare const ts: string;
        /** The logical date as 20260101T000000. */
        declare const ts_nodash: string;
        /** The logical date as 20260101T000000+0000. */
        declare const ts_nodash_with_tz: string;
        /** Start of the data interval, inclusive, ISO 8601. */
        declare const data_interval_start: string;
        /** End of the data interval, exclusive, ISO 8601. */
        declare const data_interval_end: string;
        /** Names dag, run date and task in one text. */
        declare const task_instance_key_str: string;
        """;
}

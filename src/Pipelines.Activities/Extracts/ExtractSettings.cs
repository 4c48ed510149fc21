using System.Security.Cryptography;
using Pipelines.Activities.Redshift;
using Pipelines.Activities.S3;
using Pipelines.Activities.Sql;
using Pipelines.Model.Activities;
using Pipelines.Model.Timetables;

namespace Pipelines.Activities.Extracts;

/// <summary>The inputs of an extract, checked before anything is touched.</summary>
internal sealed record ExtractSettings
{
    /// <summary>Exactly one of table and query is set.</summary>
    public TableName? Table { get; private init; }

    public string? Query { get; private init; }

    /// <summary>The columns to extract; empty: all.</summary>
    public required IReadOnlyList<string> Columns { get; init; }

    public string? IntervalColumn { get; private init; }

    /// <summary>Set exactly when <see cref="IntervalColumn"/> is.</summary>
    public DataInterval? Interval { get; private init; }

    public required bool ServerSide { get; init; }

    public required Compression Compression { get; init; }

    /// <summary>Compressed size at which a file ends.</summary>
    public required long FileBytes { get; init; }

    /// <summary>Where this attempt writes.</summary>
    public required AttemptFolder Attempt { get; init; }

    /// <summary>Its URL.</summary>
    public S3Url Folder => Attempt.Url;

    /// <summary>Target types by source column, where the default does not suit.</summary>
    public required IReadOnlyDictionary<string, RedshiftType> ColumnTypes { get; init; }

    /// <summary>An unquoted field with this text is NULL.</summary>
    public required string NullMarker { get; init; }

    /// <summary>Reads the inputs of an attempt.</summary>
    /// <exception cref="TaskFailure">They contradict themselves or the run (not retryable).</exception>
    public static ExtractSettings Read(ITaskContext context)
    {
        var inputs = context.Inputs;
        CheckSource(inputs);
        var (table, query) = (inputs.Optional("table"), inputs.Optional("query"));
        var intervalColumn = inputs.Optional("intervalColumn");
        return new ExtractSettings
        {
            Table = table is null ? null : TableName.Parse(table, "table"),
            Query = query,
            Columns = inputs.StringList("columns"),
            IntervalColumn = intervalColumn,
            Interval = intervalColumn is null ? null : IntervalOf(context, intervalColumn),
            ServerSide = Mode(inputs.Optional("mode") ?? "streamed"),
            Compression = CompressionOf(inputs),
            FileBytes = FileSize(inputs),
            Attempt = AttemptFolder.Of(context, inputs.Required("bucket")),
            ColumnTypes = Types(inputs),
            NullMarker = "~" + RandomNumberGenerator.GetString(AttemptFolder.Alphabet, 10),
        };
    }

    internal static void CheckSource(RenderedInputs inputs)
    {
        if (inputs.Optional("table") is null == inputs.Optional("query") is null)
            throw new TaskFailure("Set exactly one of the inputs 'table' (schema.table) and 'query'.", retryable: false);
    }

    /// <summary>How the files are compressed.</summary>
    /// <exception cref="TaskFailure">In a way that the mode has not (not retryable).</exception>
    internal static Compression CompressionOf(RenderedInputs inputs)
    {
        if (!Mode(inputs.Optional("mode") ?? "streamed")) return Compressions.Parse(inputs.Optional("compression") ?? "gzip");
        if (inputs.Optional("compression") is null or "none") return Compression.None;
        throw new TaskFailure("aws_s3 writes uncompressed files only: set input 'compression' to none, or 'mode' to streamed.", retryable: false);
    }

    private static bool Mode(string text) => text switch
    {
        "streamed" => false,
        "server_side" => true,
        _ => throw new TaskFailure($"Input 'mode' is '{text}' but must be streamed or server_side.", retryable: false),
    };

    internal static long FileSize(RenderedInputs inputs)
    {
        var megabytes = inputs.Integer("fileSizeMb", 64);
        if (megabytes is < 1 or > 5120)
            throw new TaskFailure($"Input 'fileSizeMb' is {megabytes} but must be 1 to 5120; Redshift loads fastest from files of 1 MB to 1 GB.", retryable: false);
        return megabytes * 1024 * 1024;
    }

    private static DataInterval IntervalOf(ITaskContext context, string column)
    {
        if (context.Interval is { } interval && interval.Length > TimeSpan.Zero) return interval;
        var what = context.Interval is { } empty ? $"a data interval of zero length ({empty.Start:O})" : "no data interval";
        throw new TaskFailure(
            $"Input 'intervalColumn' ({column}) selects the rows of the run's data interval, but run {context.Key.RunId} has {what}, so nothing would be moved. " +
            "Set 'timetable' of the Pipelines.Dag activity to cron_data_interval; if it is that already, the run was made by hand without a date: trigger it with a logical date (--logical-date).",
            retryable: false);
    }

    internal static Dictionary<string, RedshiftType> Types(RenderedInputs inputs) => inputs.Json<Dictionary<string, RedshiftType>>(
        "columnTypes", [], json => json!.AsObject().ToDictionary(pair => pair.Key, pair => RedshiftType.Parse(pair.Value!.GetValue<string>()), StringComparer.OrdinalIgnoreCase),
        "a JSON object of column to Redshift type, e.g. {\"price\": \"DECIMAL(18,4)\"}");
}

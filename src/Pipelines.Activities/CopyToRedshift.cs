using System.Text.Json.Nodes;
using Pipelines.Activities.Extracts;
using Pipelines.Activities.Redshift;
using Pipelines.Activities.S3;
using Pipelines.Activities.Sql;
using Pipelines.Model.Activities;
using Pipelines.Model.Connections;
using Pipelines.Model.Dags;

namespace Pipelines.Activities;

/// <summary>
/// Loads what <see cref="ExtractToS3"/> wrote into a Redshift table, in one transaction, and succeeds only when rows counted in the
/// source, rows in the manifest as read back from S3, rows that COPY reports and rows that the table gained are the same number.
/// </summary>
public sealed class CopyToRedshift : IActivity
{
    public ActivityDescriptor Descriptor { get; } = new(
        "CopyToRedshift", "Copy to Redshift", "AWS",
        "Loads the files of an ExtractToS3 task into a Redshift table in one transaction and proves the row counts.",
        [
            new("connectionId", InputType.String, "Connection", "The target, a connection of type redshift.") { Default = "redshift_default", OptionsFrom = OptionSource.Connections("redshift") },
            new("awsConnectionId", InputType.String, "AWS connection", "A connection of type aws.") { Default = "aws_default", OptionsFrom = OptionSource.Connections("aws") },
            new("table", InputType.String, "Table", "The target, schema.table.") { Required = true, Check = inputs => TableName.Parse(inputs.Required("table"), "table"), OptionsFrom = OptionSource.Tables("connectionId") },
            new("extract", InputType.String, "Extract", "Task id of the extract to load; empty: the only upstream task that returned a manifest."),
            new("manifest", InputType.String, "Manifest", "s3:// URL of a manifest to load instead of a task's."),
            new("mode", InputType.String, "Mode", "append (a clear of what was loaded adds it once more); replace_interval: delete the data interval's rows first; replace: delete all rows first.") { Default = "append", UiHint = "dropdown", Options = ["append", "replace_interval", "replace"] },
            new("intervalColumn", InputType.String, "Interval column", "The target's column for replace_interval; empty: as in the extract.") { OptionsFrom = OptionSource.Columns("connectionId", "table") },
            new("iamRole", InputType.String, "IAM role", "ARN of the role that COPY reads S3 as; empty: role_arn of the Redshift or AWS connection, or the AWS connection's keys."),
            new("createTable", InputType.Boolean, "Create table", "Create schema and table from the extract's columns when missing.") { Default = "true", UiHint = "checkbox" },
            new("distStyle", InputType.String, "Dist style", "AUTO, EVEN, ALL or KEY, for a created table.") { OptionsFrom = OptionSource.Values("AUTO", "EVEN", "ALL", "KEY"), Check = inputs => LoadSettings.Attributes(inputs) },
            new("distKey", InputType.String, "Dist key", "A column, for a created table.") { OptionsFrom = OptionSource.Columns("connectionId", "table") },
            new("sortKey", InputType.String, "Sort key", "A column, or several separated by commas, for a created table.") { OptionsFrom = OptionSource.Columns("connectionId", "table") },
            new("copyOptions", InputType.String, "COPY options", "Added to COPY as they are, e.g. TRUNCATECOLUMNS.") { Check = inputs => LoadSettings.OptionsOf(inputs.Required("copyOptions")) },
        ],
        [
            new("table", "The target table."),
            new("extracted", "Rows that the source counted."),
            new("manifest", "Rows in the manifest, read back from S3."),
            new("loaded", "Rows that the table gained."),
            new("already_loaded", "True: mode append found the manifest in the target's ledger, and neither loaded nor counted again."),
            new("bytes", "Bytes of the files."),
            new("files", "Number of files."),
            new("seconds", "Duration of extract and load together."),
            new("manifest_url", "s3:// URL of the manifest."),
            new("connection", "Connection id of the target."),
            new("aws_connection", "Connection id for S3."),
            new("mode", "How it was loaded."),
        ],
        [ActivityDescriptor.Done])
    {
        BeforeRunningAgain = task => ModeOf(task) != "append" ? null
            : $"Mode append adds the rows to {TableOf(task)} once more when the extract runs again too. Delete them there first, or load with mode replace_interval.",

        // A test may not enter a run's manifest into the ledger: the run's own load would find it there and take it for done.
        NotTestable = "CopyToRedshift is not run as a test: the load would count as a run's own in the target's ledger. Publish the DAG and run it; a failed load changes nothing in the target.",
    };

    public async Task<Outcome> RunAsync(ITaskContext context, CancellationToken cancellation)
    {
        var started = context.Time.GetTimestamp();
        var settings = LoadSettings.Read(context.Inputs);
        var connection = await context.GetConnectionAsync(context.Inputs.Optional("connectionId") ?? "redshift_default", cancellation);
        var aws = await context.GetConnectionAsync(context.Inputs.Optional("awsConnectionId") ?? "aws_default", cancellation);
        using var store = S3Store.Open(aws);

        var url = await ExtractReturn.ManifestUrlAsync(context, cancellation);
        var manifest = Manifest.Parse(await store.GetTextAsync(url, cancellation), url.ToString());
        await ManifestFiles.VerifyAsync(store, manifest, cancellation);
        var access = await AccessAsync(settings, connection, aws, store);
        var result = await new RedshiftLoad(context, connection, settings, manifest, url, access).RunAsync(cancellation);

        var seconds = manifest.Pipelines.Seconds + context.Time.GetElapsedTime(started).TotalSeconds;
        context.Report(new TaskProgress(result.Rows, manifest.Meta.ContentLength, manifest.Entries.Count));
        return new Outcome.Succeeded(new JsonObject
        {
            ["table"] = settings.Table.ToString(),
            ["extracted"] = manifest.Pipelines.SourceRows,
            ["manifest"] = manifest.Meta.RecordCount,
            ["loaded"] = result.Rows,
            ["already_loaded"] = result.AlreadyLoaded,
            ["bytes"] = manifest.Meta.ContentLength,
            ["files"] = manifest.Entries.Count,
            ["seconds"] = Math.Round(seconds, 3),
            ["manifest_url"] = url.ToString(),
            ["connection"] = connection.ConnId,
            ["aws_connection"] = aws.ConnId,
            ["mode"] = context.Inputs.Optional("mode") ?? "append",
        });
    }

    private static async Task<CopyAccess> AccessAsync(LoadSettings settings, Connection redshift, Connection aws, S3Store store)
    {
        var region = aws.ExtraText("region_name");
        var role = settings.IamRole ?? redshift.ExtraText("role_arn") ?? aws.ExtraText("role_arn");
        return role is { Length: > 0 } ? CopyAccess.Role(role, region) : CopyAccess.Keys(await store.CredentialsAsync(), region);
    }

    private static string ModeOf(DagTask task) => task.Inputs.GetValueOrDefault("mode")?.Text is { Length: > 0 } mode ? mode : "append";

    private static string TableOf(DagTask task) => task.Inputs.GetValueOrDefault("table")?.Text is { Length: > 0 } table ? table : "the table";
}

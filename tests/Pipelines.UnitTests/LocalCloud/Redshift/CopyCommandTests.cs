using Pipelines.LocalCloud.Redshift.Load;
using Pipelines.LocalCloud.Redshift.Sql;
using Pipelines.LocalCloud.Redshift.Wire;

namespace Pipelines.UnitTests.LocalCloud.Redshift;

public sealed class CopyCommandTests
{
    [Test]
    public void Options_come_in_any_order()
    {
        var command = Parse("""
            copy public."My Table" (id, "B") from 's3://bucket/a/b c' iam_role 'arn:x'
            gzip manifest format as csv quote as '%' delimiter '\t' null as '\\N' ignoreheader as 1 dateformat 'auto' timeformat as 'epochsecs'
            emptyasnull blanksasnull truncatecolumns maxerror 5 region 'eu-west-1' compupdate off statupdate preset acceptinvchars as '^'
            """);
        Assert.That(command, Is.EqualTo(new CopyCommand
        {
            Table = "public.\"my table\"",
            Columns = command.Columns,
            Bucket = "bucket",
            Key = "a/b c",
            Authorization = new CopyAuthorization("arn:x"),
            Compression = CopyCompression.Gzip,
            IsManifest = true,
            IsCsv = true,
            Quote = (byte)'%',
            Delimiter = (byte)'\t',
            NullText = "\\N",
            IgnoreHeader = 1,
            DateFormat = "auto",
            TimeFormat = "epochsecs",
            EmptyAsNull = true,
            BlanksAsNull = true,
            TruncateColumns = true,
            MaxError = 5,
            ReplaceInvalidChars = (byte)'^',
        }));
        Assert.That(command.Columns, Is.EqualTo(new[] { "id", "b" }));
    }

    [TestCase("iam_role default", "default", null, null)]
    [TestCase("credentials 'aws_access_key_id=k;aws_secret_access_key=s=='", null, "k", "s==")]
    [TestCase("with credentials as 'aws_iam_role=arn:r'", "arn:r", null, null)]
    [TestCase("access_key_id 'k' secret_access_key 's'", null, "k", "s")]
    public void Every_form_of_authorization_is_read(string text, string? role, string? key, string? secret) =>
        Assert.That(Parse($"copy t from 's3://b/k' {text} csv").Authorization, Is.EqualTo(new CopyAuthorization(role, key, secret)));

    [TestCase("copy t from 's3://b/k' iam_role default csv foo", "42601", "syntax error at or near \"foo\"")]
    [TestCase("copy t from 's3://b/k' iam_role default parquet", "0A000", "COPY option PARQUET is not supported by the local stand-in for Redshift.")]
    [TestCase("copy t from 's3://b/k' iam_role default delimiter 'ab'", "42601", "COPY delimiter must be a single ASCII character, not 'ab'")]
    [TestCase("copy t from 's3://b/k' csv", "42601", "COPY needs credentials: add IAM_ROLE 'arn:aws:iam::…' (or DEFAULT), CREDENTIALS '…', or ACCESS_KEY_ID and SECRET_ACCESS_KEY.")]
    [TestCase("copy t from 's3://b/k' iam_role", "42601", "syntax error at end of input")]
    [TestCase("copy t from 'emr://b/k' iam_role default", "0A000", "COPY FROM 'emr://b/k' is not supported by the local stand-in for Redshift; it reads s3:// only.")]
    public void What_cannot_be_done_is_said(string sql, string code, string message) =>
        Assert.That(((SqlStatement.Refused)SqlScript.Parse(sql).Statements.Single()).Error, Is.EqualTo(new SqlError(code, message, null, Refusal(sql).Hint)));

    [TestCase("copy t from stdin")]
    [TestCase("copy (select 'x' from 's3://b') to stdout")]
    [TestCase("select 'copy t from ''s3://b/k'''")]
    [TestCase("/* copy t from 's3://b/k' */ select 1")]
    public void What_only_looks_like_a_load_passes_through(string sql) =>
        Assert.That(SqlScript.Parse(sql).Statements.Single(), Is.InstanceOf<SqlStatement.PassThrough>());

    private static CopyCommand Parse(string sql) => ((SqlStatement.CopyFromS3)SqlScript.Parse(sql).Statements.Single()).Command;

    private static SqlError Refusal(string sql) => ((SqlStatement.Refused)SqlScript.Parse(sql).Statements.Single()).Error;
}

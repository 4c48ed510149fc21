using System.Globalization;
using System.Text.Json.Nodes;
using Npgsql;
using Pipelines.Activities;
using Pipelines.IntegrationTests.Activities;
using Pipelines.LocalCloud.Postgres;
using Pipelines.Model.Connections;
using Pipelines.TestKit;
using Pipelines.TestKit.Faults;

namespace Pipelines.IntegrationTests.Cornered;

/// <summary>The source restarts while an extract reads from it: the attempt fails for a while, and the next one has all rows once.</summary>
public sealed class SourceRestartTests
{
    // Far more than the buffers on the way hold, so that the first part is uploaded in the middle of COPY.
    private const int Rows = 300_000;

    [Test]
    public async Task The_attempt_fails_leaves_nothing_and_the_next_one_has_every_row_once()
    {
        using var folder = new TemporaryDirectory();
        await using var path = await DataPath.StartAsync();
        await using var s3 = await S3Faults.StartAsync(path.S3.Uri);
        var options = new PostgresOptions { DataDirectory = folder.Path, Port = FreePort.Find(), Fsync = false };
        var source = await EmbeddedPostgres.StartAsync(options);
        var at = await source.EnsureDatabaseAsync("shop");
        await using var database = NpgsqlDataSource.Create($"{at};Pooling=false");
        await ScalarAsync(database, $"CREATE TABLE noise AS SELECT i AS id, encode(sha512(i::text::bytea), 'hex') || encode(sha512((-i)::text::bytea), 'hex') AS text FROM generate_series(1, {Rows}) i");
        var stopped = 0;
        s3.Next = request =>
        {
            if (request.Operation == "UploadPart" && Interlocked.Exchange(ref stopped, 1) == 0) source.DisposeAsync().AsTask().Wait();
            return null;
        };

        var inTheMiddle = await DataPath.FailAsync(() => ExtractAsync(path, s3, new(at)));
        var whileItIsAway = await DataPath.FailAsync(() => ExtractAsync(path, s3, new(at)));
        Assert.That(await path.OpenUploadsAsync(), Is.Empty);

        source = await EmbeddedPostgres.StartAsync(options);
        try
        {
            var load = await path.LoadAsync(await ExtractAsync(path, s3, new(at)), ("table", "dw.noise"));

            Assert.That(stopped, Is.EqualTo(1), "the source was stopped during an upload");
            Assert.That((inTheMiddle.Retryable, inTheMiddle.Message), Is.EqualTo((true, inTheMiddle.Message)));
            Assert.That(inTheMiddle.Message, Does.Contain("'postgres_default'"));
            Assert.That((whileItIsAway.Retryable, whileItIsAway.Message), Is.EqualTo((true, whileItIsAway.Message)));
            Assert.That(whileItIsAway.Message, Does.Contain("'postgres_default'").And.Contain(options.Port.ToString(CultureInfo.InvariantCulture)));
            Assert.That(load["loaded"]!.GetValue<long>(), Is.EqualTo(Rows));
            const string check = "SELECT count(*) || '|' || count(DISTINCT id) || '|' || sum(id) || '|' || md5(string_agg(md5(text), '' ORDER BY id)) FROM ";
            Assert.That((await path.TargetRowsAsync($"{check} dw.noise")).Single(), Is.EqualTo(await ScalarAsync(database, $"{check} noise")));
            Assert.That(await path.OpenUploadsAsync(), Is.Empty);
        }
        finally
        {
            await source.DisposeAsync();
        }
    }

    private static Task<JsonObject> ExtractAsync(DataPath path, S3Faults s3, NpgsqlConnectionStringBuilder at)
    {
        var task = path.Task("extract");
        task.Add(new Connection("postgres_default", "postgres") { Host = at.Host, Port = at.Port, Login = at.Username, Password = at.Password, Schema = at.Database });
        task.Add(DataPath.AwsThrough(s3.Uri));
        return task.SucceedAsync(new ExtractToS3(), DataPath.Inputs(("bucket", DataPath.Bucket), ("table", "noise"), ("compression", "none")));
    }

    private static async Task<string?> ScalarAsync(NpgsqlDataSource source, string sql)
    {
        await using var command = source.CreateCommand(sql);
        return await command.ExecuteScalarAsync() as string;
    }
}

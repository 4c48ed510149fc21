using System.Collections.Concurrent;
using Npgsql;
using Pipelines.LocalCloud.Postgres;
using Pipelines.LocalCloud.S3;
using Pipelines.LocalCloud.S3.Objects;

namespace Pipelines.LocalCloud.AwsS3;

/// <summary>
/// RDS's <c>aws_commons</c> and <c>aws_s3.query_export_to_s3</c> in a database of an <see cref="EmbeddedPostgres"/>. The SQL function writes the rows to
/// a shared folder and waits; this object uploads them and answers. Dispose it before the server.
/// </summary>
public sealed class AwsS3Extension : IAsyncDisposable
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan KeepAnswers = TimeSpan.FromMinutes(1);

    private readonly Spool _spool;
    private readonly ObjectStore _store;
    private readonly AwsS3Options _options;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<Task, byte> _uploads = [];
    private readonly Task _serving;

    private AwsS3Extension(Spool spool, ObjectStore store, AwsS3Options options)
    {
        (_spool, _store, _options) = (spool, store, options);
        _serving = ServeAsync();
    }

    /// <summary>Creates the schemas and functions (again, where they exist) and serves them until disposed.</summary>
    /// <exception cref="PostgresException">The database does not exist.</exception>
    public static async Task<AwsS3Extension> InstallAsync(
        EmbeddedPostgres server, string database, ObjectStore store, AwsS3Options? options = null, CancellationToken cancel = default)
    {
        var folder = await server.MakeFolderAsync(Path.Combine("aws_s3", System.Uri.EscapeDataString(database)), cancel);
        var spool = new Spool(folder);
        spool.Open();
        await using var connection = new NpgsqlConnection(server.ConnectionString(database) + ";Pooling=false");
        await connection.OpenAsync(cancel);
        await using var install = new NpgsqlCommand(Script().Replace("{spool}", Quoted.Literal(folder), StringComparison.Ordinal), connection);
        await install.ExecuteNonQueryAsync(cancel);
        return new AwsS3Extension(spool, store, options ?? new AwsS3Options());
    }

    /// <summary>Finishes the uploads that began; later exports fail at once.</summary>
    public async ValueTask DisposeAsync()
    {
        _spool.Close();
        await _stop.CancelAsync();
        await _serving;
        await Task.WhenAll(_uploads.Keys);
        _stop.Dispose();
    }

    private static string Script()
    {
        using var stream = typeof(AwsS3Extension).Assembly.GetManifestResourceStream($"{typeof(AwsS3Extension).Namespace}.aws_s3.sql")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    private async Task ServeAsync()
    {
        using var timer = new PeriodicTimer(Look);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
            {
                foreach (var (id, request) in _spool.Take())
                    Begin(id, request);
                _spool.ForgetAnswers(KeepAnswers);
            }
        }
        catch (OperationCanceledException)
        {
            // Disposed.
        }
    }

    private void Begin(Guid id, ExportRequest request)
    {
        if (request.Discard)
        {
            _spool.Discard(id);
            return;
        }
        var upload = Task.Run(async () => _spool.Answer(id, await UploadAsync(id, request)));
        _uploads[upload] = 0;
        _ = upload.ContinueWith(ended => _uploads.TryRemove(ended, out _), TaskScheduler.Default);
    }

    private async Task<ExportAnswer> UploadAsync(Guid id, ExportRequest request)
    {
        try
        {
            await using var data = new FileStream(_spool.Data(id), FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, useAsync: true);
            var ends = await RowCuts.FindAsync(data, RowEnds.Of(request.Options!), _options.MaxObjectBytes, CancellationToken.None);
            long start = 0;
            for (var part = 0; part < ends.Count; start = ends[part++])
            {
                var key = part == 0 ? request.Key! : $"{request.Key}_part{part + 1}";
                await using var content = new FileRange(data.SafeFileHandle, start, ends[part] - start);
                await _store.PutAsync(request.Bucket!, key, content);
            }
            return new ExportAnswer(Files: ends.Count, Bytes: data.Length);
        }
        catch (S3Failure refused)
        {
            return new ExportAnswer(Code: refused.Code, Error: refused.Message);
        }
        catch (Exception failed)
        {
            return new ExportAnswer(Code: "InternalError", Error: failed.Message);
        }
    }
}

using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Pipelines.LocalCloud.Redshift.Catalog;
using Pipelines.LocalCloud.Redshift.Sessions;
using Pipelines.LocalCloud.Redshift.Wire;

namespace Pipelines.LocalCloud.Redshift;

/// <summary>
/// A stand-in for an Amazon Redshift cluster on this machine: speaks the PostgreSQL protocol on loopback, keeps its tables in an ordinary PostgreSQL,
/// and carries out COPY FROM 's3://…' itself, by Redshift's rules.
/// </summary>
public sealed class RedshiftEndpoint : IAsyncDisposable
{
    private readonly RedshiftOptions _options;
    private readonly IReadOnlyDictionary<string, RedshiftCatalog> _catalogs;
    private readonly BackendAddress _backend;
    private readonly Socket _listener;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<Task, byte> _sessions = [];
    private readonly Task _accepting;

    private RedshiftEndpoint(RedshiftOptions options, IReadOnlyDictionary<string, RedshiftCatalog> catalogs, Socket listener)
    {
        _options = options;
        _catalogs = catalogs;
        _backend = BackendAddress.Parse(options.BackendConnectionString);
        _listener = listener;
        Port = ((IPEndPoint)listener.LocalEndPoint!).Port;
        _accepting = AcceptAsync();
    }

    /// <summary>The port that clients connect to.</summary>
    public int Port { get; }

    /// <summary>Prepares the databases and starts to listen.</summary>
    /// <exception cref="SocketException">The port is in use.</exception>
    /// <exception cref="Npgsql.NpgsqlException">The PostgreSQL server behind the endpoint cannot be reached.</exception>
    public static async Task<RedshiftEndpoint> StartAsync(RedshiftOptions options, CancellationToken cancellationToken = default)
    {
        var listener = new Socket(options.BindAddress.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        var catalogs = new Dictionary<string, RedshiftCatalog>();
        try
        {
            listener.Bind(new IPEndPoint(options.BindAddress, options.Port));
            foreach (string database in options.Databases)
                catalogs[database] = await RedshiftCatalog.InstallAsync(options, database, cancellationToken);
            listener.Listen();
            return new RedshiftEndpoint(options, catalogs, listener);
        }
        catch
        {
            listener.Dispose();
            foreach (var catalog in catalogs.Values) await catalog.DisposeAsync();
            throw;
        }
    }

    /// <summary>Closes every session and stops to listen. Open transactions are rolled back.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _accepting;
        await Task.WhenAll(_sessions.Keys);
        foreach (var catalog in _catalogs.Values) await catalog.DisposeAsync();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptAsync(_stop.Token);
                var session = Task.Run(() => ServeAsync(client));
                _sessions[session] = 0;
                _ = session.ContinueWith(ended => _sessions.TryRemove(ended, out _), TaskScheduler.Default);
            }
        }
        catch (Exception end) when (end is OperationCanceledException or ObjectDisposedException or SocketException)
        {
            // The listener was closed.
        }
    }

    private async Task ServeAsync(Socket client)
    {
        using (client)
        {
            try
            {
                client.NoDelay = true;
                await new Session(client, _options, _catalogs, _backend).RunAsync(_stop.Token);
            }
            catch (Exception)
            {
                // The client, the backend or the endpoint went away; the backend rolls back what was open.
            }
        }
    }
}

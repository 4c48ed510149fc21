using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace Pipelines.LocalCloud.Redshift.Wire;

/// <summary>Where the PostgreSQL server behind the endpoint listens, and who we are there.</summary>
internal sealed record BackendAddress(EndPoint EndPoint, string User, string Password)
{
    public static BackendAddress Parse(string connectionString)
    {
        var parts = new NpgsqlConnectionStringBuilder(connectionString);
        string host = parts.Host ?? "127.0.0.1";
        EndPoint endPoint = host.StartsWith('/')
            ? new UnixDomainSocketEndPoint(Path.Combine(host, $".s.PGSQL.{parts.Port}"))
            : IPAddress.TryParse(host, out var address) ? new IPEndPoint(address, parts.Port) : new DnsEndPoint(host, parts.Port);
        return new BackendAddress(endPoint, parts.Username ?? "postgres", parts.Password ?? "");
    }

    public async Task<Socket> OpenAsync(CancellationToken cancel)
    {
        var socket = EndPoint is UnixDomainSocketEndPoint
            ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
            : new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(EndPoint, cancel);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}

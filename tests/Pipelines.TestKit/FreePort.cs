using System.Net;
using System.Net.Sockets;

namespace Pipelines.TestKit;

/// <summary>A TCP port of this machine, for what must be told its port before it starts.</summary>
public static class FreePort
{
    /// <summary>One that was free just now; somebody else may take it first.</summary>
    public static int Find()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

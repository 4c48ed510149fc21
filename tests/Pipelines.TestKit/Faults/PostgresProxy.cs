using System.Net;
using System.Net.Sockets;

namespace Pipelines.TestKit.Faults;

/// <summary>A statement on its way to a PostgreSQL server.</summary>
/// <param name="Text">Its SQL.</param>
/// <param name="Earlier">The statements before it on its connection since the last BEGIN, that one included.</param>
public sealed record Statement(string Text, IReadOnlyList<string> Earlier)
{
    /// <summary>True when the text has this part.</summary>
    public bool Has(string part) => Text.Contains(part, StringComparison.OrdinalIgnoreCase);

    /// <summary>True for the COMMIT of a transaction in which a statement had this part.</summary>
    public bool Commits(string part) =>
        Text.StartsWith("COMMIT", StringComparison.OrdinalIgnoreCase) && Earlier.Any(text => text.Contains(part, StringComparison.OrdinalIgnoreCase));
}

/// <summary>A proxy before a PostgreSQL server (or a Redshift endpoint) that sees each statement when it is executed.</summary>
public sealed class PostgresProxy(int serverPort) : Wiretap<Statement>(new IPEndPoint(IPAddress.Loopback, serverPort))
{
    private protected override Tap<Statement> Open(Socket client, Socket server) => new PostgresTap(this, client, server);
}

using Pipelines.Model.Connections;

namespace Pipelines.Web.Components.Connections;

/// <summary>Reaches what a connection leads to, so that a person knows before a task does.</summary>
internal sealed class ConnectionTrial(IReadOnlyList<IConnectionType> types, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>Never throws over what the system answers, or that it does not.</summary>
    public async Task<ConnectionTest> RunAsync(Connection connection, CancellationToken cancellation)
    {
        if (types.FirstOrDefault(type => type.Name == connection.ConnType) is not { } known)
            return new ConnectionTest(false, $"Connections of type '{connection.ConnType}' cannot be tested here; the log of a task that uses it says how it went.");
        using var patience = new CancellationTokenSource(Patience, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellation);
        try
        {
            return await known.TestAsync(connection, stop.Token);
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            return new ConnectionTest(false, $"No answer from {connection.Host} within {Patience.TotalSeconds} seconds. Check host, port and firewall.");
        }
    }
}

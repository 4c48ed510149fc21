using System.Globalization;
using Pipelines.Model.Connections;
using Pipelines.Storage;
using Pipelines.Storage.Access;

namespace Pipelines.Engine.Operations;

/// <summary>Reaches what a connection leads to, so that a person knows before a task does. Its secrets go there, so the event log says who asked for it.</summary>
public sealed class TestConnection(Database database, IReadOnlyList<IConnectionType> types, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>Never throws over what the system answers, or that it does not.</summary>
    /// <param name="connection">With its secrets; stored or not.</param>
    /// <param name="actor">Who asks.</param>
    /// <param name="cancellation">Nobody waits any more.</param>
    public async Task<ConnectionTest> ExecuteAsync(Connection connection, Actor actor, CancellationToken cancellation)
    {
        if (types.FirstOrDefault(type => type.Name == connection.ConnType) is not { } known)
            return new ConnectionTest(false, $"Connections of type '{connection.ConnType}' cannot be tested here; the log of a task that uses it says how it went.");
        var place = string.Create(CultureInfo.InvariantCulture, $"{connection.ConnId}: {connection.ConnType} {connection.Host}:{connection.Port}");
        await database.InTransactionAsync(tx => EventLogTable.AddAsync(tx, new Event("test_connection", actor.Name) { Extra = place }, time.GetUtcNow()), cancellation);
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

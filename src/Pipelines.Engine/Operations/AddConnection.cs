using System.Text.RegularExpressions;
using Pipelines.Model.Activities;
using Pipelines.Model.Connections;
using Pipelines.Storage;
using Pipelines.Storage.Access;
using Pipelines.Storage.Secrets;

namespace Pipelines.Engine.Operations;

/// <summary>Adds a connection, or replaces the one of its id.</summary>
public sealed partial class AddConnection(Database database, TimeProvider time)
{
    /// <exception cref="OperationException">The id or port is malformed, or the type is none that something can use.</exception>
    /// <exception cref="UnstorableTextException">A text of it is none.</exception>
    /// <exception cref="SecretException">Our key is not this installation's.</exception>
    public Task ExecuteAsync(Connection connection, Actor actor, CancellationToken cancellation)
    {
        if (!Allowed().IsMatch(connection.ConnId))
            throw new OperationException(RefusalKind.Invalid, $"Connection id '{connection.ConnId}' must be 1 to 200 letters, digits, '_', '.' or '-'.");
        if (connection.Port is < 0 or > 65535)
            throw new OperationException(RefusalKind.Invalid, $"The port of connection '{connection.ConnId}' is {connection.Port} but must be 0 to 65535.");
        CheckType(connection);
        // Encrypted they could be stored, but nothing that they are for would take them.
        if (connection.Password is { } password) StorableText.Check(password, $"The password of connection '{connection.ConnId}'");
        return database.InTransactionAsync(async tx =>
        {
            await SecretCheckTable.EnsureAsync(tx);
            await ConnectionTable.PutAsync(tx, connection);
            await EventLogTable.AddAsync(tx, new Event("add_connection", actor.Name) { Extra = connection.ConnId }, time.GetUtcNow());
        }, cancellation);
    }

    private static void CheckType(Connection connection)
    {
        try
        {
            ConnectionTypes.Check(connection);
        }
        catch (ConnectionException error)
        {
            throw new OperationException(RefusalKind.Invalid, error.Message);
        }
    }

    [GeneratedRegex(@"\A[A-Za-z0-9_.-]{1,200}\z")]
    private static partial Regex Allowed();
}

namespace Pipelines.Model.Connections;

/// <summary>What can be asked of the systems that connections of one type lead to. One instance serves many callers at once.</summary>
public interface IConnectionType
{
    /// <summary>The <c>conn_type</c>, e.g. <c>postgres</c>.</summary>
    string Name { get; }

    /// <summary>Reaches the system with these credentials; never throws over what the system answers.</summary>
    Task<ConnectionTest> TestAsync(Connection connection, CancellationToken cancellation);

    /// <summary>Tables as <c>schema.table</c>, or buckets; sorted, without the system's own.</summary>
    /// <exception cref="Activities.TaskFailure">It cannot be reached or refuses; the message is for the user.</exception>
    Task<IReadOnlyList<string>> ListTablesAsync(Connection connection, CancellationToken cancellation);

    /// <summary>Column names in the table's order; empty when there is no such table, or the type has no columns.</summary>
    /// <param name="connection">Where to look.</param>
    /// <param name="table">As <see cref="ListTablesAsync"/> names it; without a schema it is in <c>public</c>.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <exception cref="Activities.TaskFailure">As there.</exception>
    Task<IReadOnlyList<string>> ListColumnsAsync(Connection connection, string table, CancellationToken cancellation);
}

/// <summary>How a connection answered.</summary>
/// <param name="Succeeded">True: it works.</param>
/// <param name="Message">What answered, or what failed and what to do; never a secret.</param>
public sealed record ConnectionTest(bool Succeeded, string Message);

using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pipelines.Model.Activities;
using Pipelines.Model.Connections;
using Pipelines.Storage;
using Pipelines.Storage.Runs;
using Pipelines.Storage.Secrets;

namespace Pipelines.Api.Studio.Descriptors;

/// <summary>
/// What an input may be chosen from: connections that fit, pools, tables, columns. The value that is set is always among them, so that no
/// editor hides or drops it, and a system that does not answer gives a line that says why instead of an error.
/// </summary>
internal sealed class OptionLists(Database database, IReadOnlyList<IConnectionType> types, TimeProvider time)
{
    private const int MostShown = 2000;

    // Studio asks for each input of an activity several times when it is clicked.
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<(string Connection, string? Table), Asked> _asked = new();

    /// <summary>The choices of an input.</summary>
    /// <param name="descriptor">The activity's.</param>
    /// <param name="input">Which.</param>
    /// <param name="values">The stored values of the activity's inputs.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public async Task<IReadOnlyList<Option>> OfAsync(ActivityDescriptor descriptor, InputDescriptor input, JsonObject values, CancellationToken cancellation)
    {
        var set = Set(input, values);
        if (input.OptionsFrom is not { } source) return With(set, Options(input.Options));
        if (source.Kind == OptionKind.Values) return With(set, Options(source.Listed));
        if (source.Kind == OptionKind.Connections) return With(set, await ConnectionsAsync(source, cancellation));
        if (source.Kind == OptionKind.Pools) return With(set, await PoolsAsync(cancellation));
        var connection = Literal(descriptor, source.ConnectionInput!, values);
        var table = source.TableInput is { } tableInput ? Literal(descriptor, tableInput, values) : null;
        if (connection is null) return With(set, [Hint("The connection is an expression, so its tables are known only in a run.")]);
        if (source.Kind == OptionKind.Columns && table is null) return With(set, [Hint("Choose a table first; of an expression the columns are known only in a run.")]);
        var (names, problem) = await AskAsync(connection, table, cancellation);
        if (problem is null && table is not null && names.Count == 0) problem = $"Table '{table}' is not there, so its columns are not known yet.";
        return With(set, problem is null ? Options(names.Take(MostShown)) : [Hint(problem)]);
    }

    private static IReadOnlyList<Option> Options(IEnumerable<string> values) => [.. values.Select(value => new Option(value, value))];

    private async Task<IReadOnlyList<Option>> ConnectionsAsync(OptionSource source, CancellationToken cancellation)
    {
        var fitting = (await database.InTransactionAsync(ConnectionTable.ListAsync, cancellation)).Where(connection => source.ConnectionTypes.Contains(connection.ConnType));
        return [.. fitting.Select(connection => new Option($"{connection.ConnId} ({connection.ConnType}{(connection.Host is { Length: > 0 } host ? $" on {host}" : "")})", connection.ConnId))];
    }

    private async Task<IReadOnlyList<Option>> PoolsAsync(CancellationToken cancellation) =>
        [.. (await database.InTransactionAsync(PoolTable.ListAsync, cancellation)).Select(pool => new Option($"{pool.Name} ({(pool.Slots < 0 ? "without end" : pool.Slots == 1 ? "1 slot" : $"{pool.Slots} slots")})", pool.Name))];

    private async Task<Asked> AskAsync(string connectionId, string? table, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        if (_asked.TryGetValue((connectionId, table), out var known) && now - known.At < Fresh) return known;
        foreach (var (key, _) in _asked.Where(pair => now - pair.Value.At >= Fresh)) _asked.TryRemove(key, out _);
        return _asked[(connectionId, table)] = await AskNowAsync(connectionId, table, cancellation) with { At = now };
    }

    private async Task<Asked> AskNowAsync(string connectionId, string? table, CancellationToken cancellation)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(Patience);
        try
        {
            var connection = await database.InTransactionAsync(tx => ConnectionTable.FindAsync(tx, connectionId), patience.Token);
            if (connection is null) return new([], $"There is no connection '{connectionId}' yet. An admin or operator adds it on the page Connections.");
            var type = types.FirstOrDefault(type => type.Name == connection.ConnType);
            if (type is null) return new([], $"Connection '{connectionId}' is of type '{connection.ConnType}', which lists no tables.");
            return new(table is null ? await type.ListTablesAsync(connection, patience.Token) : await type.ListColumnsAsync(connection, table, patience.Token), null);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new([], $"Connection '{connectionId}' did not answer within {Patience.TotalSeconds:0} s.");
        }
        catch (Exception error) when (error is TaskFailure or SecretException)
        {
            return new([], error.Message);
        }
    }

    // Choosing the hint chooses nothing: its value is the empty one.
    private static Option Hint(string words) => new($"({words})", "");

    private static IReadOnlyList<Option> With(IReadOnlyList<Option> set, IReadOnlyList<Option> options) =>
        [.. options, .. set.Where(one => options.All(option => option.Value != one.Value))];

    /// <summary>What is set as a Literal, or chosen in a list; without asking anybody.</summary>
    public static IReadOnlyList<Option> Set(InputDescriptor input, JsonObject values)
    {
        if (Expression(values, input.Name) is not var (syntax, text) || text.Length == 0) return input.Default is { } fallback ? [new Option(fallback, fallback)] : [];
        if (syntax is not ("Literal" or "Object")) return [];
        return [.. (input.Type == InputType.StringList ? Texts(text) : [text]).Select(value => new Option(value, value))];
    }

    /// <summary>The text of an input, or its default; null: it is an expression, or there is none.</summary>
    private static string? Literal(ActivityDescriptor descriptor, string name, JsonObject values) => Expression(values, name) switch
    {
        ("Literal", { Length: > 0 } text) => text,
        (not "Literal", { Length: > 0 }) => null,
        _ => descriptor.Inputs.FirstOrDefault(input => input.Name == name)?.Default,
    };

    private static (string Syntax, string Text)? Expression(JsonObject values, string name) =>
        values[name] is JsonObject wrapped && wrapped["expression"] is JsonObject expression ? (expression["type"]?.ToString() ?? "Literal", expression["value"]?.ToString() ?? "") : null;

    private static IReadOnlyList<string> Texts(string json)
    {
        try
        {
            return JsonNode.Parse(json) is JsonArray items ? [.. items.Select(item => item?.ToString() ?? "")] : [];
        }
        catch (JsonException)
        {
            return [];
        }
    }

    private sealed record Asked(IReadOnlyList<string> Names, string? Problem)
    {
        public DateTimeOffset At { get; init; }
    }
}

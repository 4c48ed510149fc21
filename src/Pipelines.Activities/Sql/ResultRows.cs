using System.Globalization;
using System.Text.Json.Nodes;
using Npgsql;

namespace Pipelines.Activities.Sql;

/// <summary>The rows of a result as JSON, as far as somebody may want to look at them; values beyond JSON's types are text.</summary>
/// <param name="Count">All rows.</param>
/// <param name="Rows">The first of them, by column name.</param>
internal sealed record ResultRows(long Count, JsonArray Rows)
{
    /// <summary>Rows that are kept: XCom is for small values.</summary>
    public const int Kept = 100;

    /// <summary>Reads a result whose values come as text (<see cref="NpgsqlCommand.AllResultTypesAreUnknown"/>).</summary>
    public static async Task<ResultRows> ReadAsync(NpgsqlDataReader reader, CancellationToken cancellation)
    {
        var rows = new JsonArray();
        long count = 0;
        for (; await reader.ReadAsync(cancellation); count++)
            if (count < Kept) rows.Add((JsonNode)Row(reader));
        return new ResultRows(count, rows);
    }

    private static JsonObject Row(NpgsqlDataReader reader)
    {
        var row = new JsonObject();
        for (var i = 0; i < reader.FieldCount; i++) row[reader.GetName(i)] = reader.IsDBNull(i) ? null : Value(reader.GetDataTypeName(i), reader.GetString(i));
        return row;
    }

    private static JsonValue Value(string type, string text) => type.Split('(')[0] switch
    {
        "boolean" => JsonValue.Create(text == "t"),
        "smallint" or "integer" or "bigint" => JsonValue.Create(long.Parse(text, CultureInfo.InvariantCulture)),
        "numeric" when decimal.TryParse(text, NumberStyles.Number, CultureInfo.InvariantCulture, out var number)
            && number.ToString(CultureInfo.InvariantCulture) == text => JsonValue.Create(number),
        "real" or "double precision" when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) => JsonValue.Create(number),
        _ => JsonValue.Create(text),
    };
}

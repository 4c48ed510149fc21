using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Pipelines.Model.Activities;

namespace Pipelines.Activities.Redshift;

/// <summary>A column type of Redshift.</summary>
/// <param name="Name">In upper case, without sizes.</param>
/// <param name="Size">Bytes of VARCHAR, CHAR and VARBYTE, precision of DECIMAL; null: none.</param>
/// <param name="Scale">Scale of DECIMAL.</param>
internal sealed partial record RedshiftType(string Name, int? Size = null, int? Scale = null)
{
    /// <summary>The most bytes that a VARCHAR holds.</summary>
    public const int LongestVarchar = 65535;

    /// <summary>The most bytes that every Redshift version lets a VARBYTE hold.</summary>
    public const int LongestVarbyte = 1_024_000;

    /// <summary>The longest DECIMAL and its largest scale.</summary>
    public const int MostDigits = 38, MostDecimals = 37;

    /// <summary>As written in DDL.</summary>
    public string Sql => (Size, Scale) switch
    {
        (null, _) => Name,
        (_, null) => string.Create(CultureInfo.InvariantCulture, $"{Name}({Size})"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{Name}({Size},{Scale})"),
    };

    /// <summary>A text of at most that many bytes, as far as Redshift can.</summary>
    public static RedshiftType Varchar(int bytes) => new("VARCHAR", Math.Min(bytes, LongestVarchar));

    /// <summary>Reads a type as written in DDL.</summary>
    /// <exception cref="TaskFailure">Not a type (not retryable).</exception>
    public static RedshiftType Parse(string text)
    {
        var match = Pattern().Match(text.Trim());
        if (!match.Success)
            throw new TaskFailure($"'{text}' is no Redshift type; write it as in CREATE TABLE, e.g. DECIMAL(18,4) or VARCHAR(300).", retryable: false);
        return new RedshiftType(match.Groups["name"].Value.ToUpperInvariant(), Number("size"), Number("scale"));

        int? Number(string group) => match.Groups[group] is { Success: true } number ? int.Parse(number.ValueSpan, CultureInfo.InvariantCulture) : null;
    }

    /// <summary>As in the schema of an UNLOAD … MANIFEST VERBOSE.</summary>
    public JsonObject ToManifest() => Name switch
    {
        "VARCHAR" => new JsonObject { ["base"] = "character varying", ["max_length"] = Size ?? 256 },
        "DECIMAL" or "NUMERIC" => new JsonObject { ["base"] = "numeric", ["precision"] = Size ?? 18, ["scale"] = Scale ?? 0 },
        "VARBYTE" => new JsonObject { ["base"] = "binary varying", ["max_length"] = Size ?? 64000 },
        "TIMESTAMP" => new JsonObject { ["base"] = "timestamp without time zone" },
        "TIMESTAMPTZ" => new JsonObject { ["base"] = "timestamp with time zone" },
        _ => new JsonObject { ["base"] = Name.ToLowerInvariant() },
    };

    public override string ToString() => Sql;

    [GeneratedRegex(@"^(?<name>[A-Za-z][A-Za-z0-9]*( [A-Za-z]+)*) ?(\( ?(?<size>\d{1,8}) ?(, ?(?<scale>\d{1,2}) ?)?\))?$", RegexOptions.ExplicitCapture)]
    private static partial Regex Pattern();
}

using Pipelines.LocalCloud.Redshift.Wire;

namespace Pipelines.LocalCloud.Redshift.Sql;

/// <summary>A syntax error in the parser's own words: it names the token it stumbled over.</summary>
internal readonly record struct SqlErrorAt(string Place)
{
    public SqlErrorException ToException() =>
        new(SqlError.Syntax(Place == "end of input" ? "syntax error at end of input" : $"syntax error at or near {Place}"));
}

using System.Globalization;
using System.Text.RegularExpressions;

namespace Pipelines.Model.Connections;

/// <summary>What every connection must hold to, however it was written (airflow-semantics.md §21), and where the environment keeps one.</summary>
public static partial class ConnectionRules
{
    private const int LongestId = 200;

    /// <summary>The connection, if its conn_id, type and port are good.</summary>
    /// <exception cref="ConnectionException">One of them is not.</exception>
    public static Connection Check(Connection connection)
    {
        if (connection.ConnId.Length > LongestId || !ConnIdForm().IsMatch(connection.ConnId))
            throw new ConnectionException($"The conn_id '{connection.ConnId}' is not valid. Use 1 to {LongestId} letters, digits, '_', '.' or '-'.");
        if (connection.ConnType.Length == 0)
            throw new ConnectionException($"The connection '{connection.ConnId}' has no type. Set conn_type, e.g. postgres, redshift or aws.");
        if (connection.Port is < 0 or > 65535)
            throw new ConnectionException($"The port {connection.Port} of connection '{connection.ConnId}' is not from 0 to 65535.");
        return connection;
    }

    /// <summary><c>AIRFLOW_CONN_MY_DB</c> for <c>my_db</c>: the environment variable that may hold the connection as URI or JSON.</summary>
    public static string EnvironmentName(string connId) => "AIRFLOW_CONN_" + connId.ToUpperInvariant();

    /// <summary><c>AIRFLOW_VAR_BUCKET</c> for <c>bucket</c>: the environment variable that may hold the Variable.</summary>
    public static string VariableEnvironmentName(string key) => "AIRFLOW_VAR_" + key.ToUpperInvariant();

    /// <summary>Reads a connection as the environment and the command line give it: JSON when it begins with '{', otherwise a URI.</summary>
    /// <exception cref="ConnectionException">It is neither.</exception>
    public static Connection Parse(string connId, string text) =>
        text.TrimStart().StartsWith('{') ? ConnectionJson.Parse(connId, text) : ConnectionUri.Parse(connId, text);

    /// <summary>One spelling per type: <c>postgresql</c> is <c>postgres</c>, and '-' is '_'.</summary>
    public static string NormalizeType(string type) =>
        type.ToLowerInvariant() is "postgresql" ? "postgres" : type.ToLowerInvariant().Replace('-', '_');

    internal static int ReadPort(string connId, string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port <= 65535 ? port
            : throw new ConnectionException($"The port '{text}' of connection '{connId}' is not a number from 0 to 65535.");

    [GeneratedRegex(@"^[\w.-]+\z")]
    private static partial Regex ConnIdForm();
}

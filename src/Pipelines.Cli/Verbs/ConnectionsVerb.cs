using System.CommandLine;
using Pipelines.Cli.Terminal;
using Pipelines.Engine.Operations;
using Pipelines.Model.Connections;
using Pipelines.Storage.Secrets;

namespace Pipelines.Cli.Verbs;

/// <summary><c>connections get|list|add|delete|export|import|test</c>.</summary>
internal static class ConnectionsVerb
{
    public static Command Create() => new("connections", "How tasks reach databases and clouds.")
    {
        ConnectionsFileVerbs.Get(), List(), Add(), Delete(), ConnectionsFileVerbs.Export(), ConnectionsFileVerbs.Import(), ConnectionsFileVerbs.Test(),
    };

    private static Command Add()
    {
        var connId = Options.Name("conn-id", "Its name in DAG files, e.g. postgres_default");
        var uri = new Option<string?>("--conn-uri") { Description = "Airflow's URI form, e.g. postgres://user:password@host:5432/database; - reads it from standard input, which keeps the password out of the process list and the shell's history" };
        var json = new Option<string?>("--conn-json") { Description = "Airflow's JSON form; - reads it from standard input" };
        var parts = new ConnectionParts();
        var home = Options.DataDirectory();
        var command = new Command("add", "Add a connection, or replace the one of its name.") { connId, uri, json, home };
        parts.AddTo(command);
        command.Validators.Add(result =>
        {
            if (new[] { result.GetValue(uri) is not null, result.GetValue(json) is not null, parts.AreGiven(result) }.Count(given => given) != 1)
                result.AddError("Give the connection either as --conn-uri, as --conn-json, or by --conn-type and its other parts.");
            else if (parts.AreGiven(result) && !parts.HaveType(result)) result.AddError("--conn-type is missing, e.g. --conn-type postgres.");
        });
        command.SetAction(async (args, cancellation) =>
        {
            var id = args.GetValue(connId)!;
            var option = args.GetValue(uri) is not null ? uri : args.GetValue(json) is not null ? json : parts.Password;
            var given = args.GetValue(option) is { } written ? await GivenText.ReadAsync(written, cancellation) : null;
            var connection = option == uri ? ConnectionUri.Parse(id, given!.Value.Trim()) : option == json ? ConnectionJson.Parse(id, given!.Value) : parts.Read(args, id, given?.Value);
            if (connection.Password is not null) given!.WarnIfSeen(option.Name);
            await using var session = await Session.OpenAsync(args.GetValue(home)!, cancellation);
            await session.Operation<AddConnection>().ExecuteAsync(connection, Session.User, cancellation);
            Console.Out.WriteLine($"connection {id} is stored");
            return 0;
        });
        return command;
    }

    private static Command List()
    {
        var (home, output) = (Options.DataDirectory(), Options.Output());
        var command = new Command("list", "All connections, without their secrets.") { home, output };
        command.SetAction(async (args, cancellation) =>
        {
            await using var session = await Session.OpenAsync(args.GetValue(home)!, cancellation);
            var connections = await session.Database.InTransactionAsync(ConnectionTable.ListAsync, cancellation);
            new Output(args.GetValue(output)).Rows(
                ["conn_id", "conn_type", "host", "port", "login", "schema", "description"],
                connections.Select(connection => (IReadOnlyList<object?>)[connection.ConnId, connection.ConnType, connection.Host,
                    connection.Port?.ToString(System.Globalization.CultureInfo.InvariantCulture), connection.Login, connection.Schema, connection.Description]),
                "No connection yet. Add one with 'pipelines connections add'.");
            return 0;
        });
        return command;
    }

    private static Command Delete()
    {
        var (connId, home) = (Options.Name("conn-id", "Its name"), Options.DataDirectory());
        var command = new Command("delete", "Delete a connection; tasks that name it fail from now on.") { connId, home };
        command.SetAction(async (args, cancellation) =>
        {
            await using var session = await Session.OpenAsync(args.GetValue(home)!, cancellation);
            await session.Operation<DeleteConnection>().ExecuteAsync(args.GetValue(connId)!, Session.User, cancellation);
            Console.Out.WriteLine($"connection {args.GetValue(connId)} is deleted");
            return 0;
        });
        return command;
    }
}

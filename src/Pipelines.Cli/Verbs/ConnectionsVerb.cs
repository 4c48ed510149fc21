using System.CommandLine;
using Pipelines.Cli.Terminal;
using Pipelines.Engine.Operations;
using Pipelines.Model.Connections;
using Pipelines.Storage.Secrets;

namespace Pipelines.Cli.Verbs;

/// <summary><c>connections add|list|delete</c>.</summary>
internal static class ConnectionsVerb
{
    public static Command Create() => new("connections", "How tasks reach databases and clouds.") { Add(), List(), Delete() };

    private static Command Add()
    {
        var connId = Options.Name("conn-id", "Its name in DAG files, e.g. postgres_default");
        var uri = new Option<string?>("--conn-uri") { Description = "Airflow's URI form, e.g. postgres://user:password@host:5432/database; - reads it from standard input, which keeps the password out of the process list and the shell's history" };
        var json = new Option<string?>("--conn-json") { Description = "Airflow's JSON form; - reads it from standard input" };
        var home = Options.DataDirectory();
        var command = new Command("add", "Add a connection, or replace the one of its name.") { connId, uri, json, home };
        command.Validators.Add(result =>
        {
            if (result.GetValue(uri) is null == result.GetValue(json) is null) result.AddError("Give the connection either as --conn-uri or as --conn-json.");
        });
        command.SetAction(async (args, cancellation) =>
        {
            var id = args.GetValue(connId)!;
            var option = args.GetValue(uri) is null ? json : uri;
            var given = await GivenText.ReadAsync(args.GetValue(option)!, cancellation);
            var connection = option == uri ? ConnectionUri.Parse(id, given.Value.Trim()) : ConnectionJson.Parse(id, given.Value);
            if (connection.Password is not null) given.WarnIfSeen(option.Name);
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

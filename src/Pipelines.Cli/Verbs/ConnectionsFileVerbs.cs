using System.CommandLine;
using Pipelines.Activities.SecretsBackends;
using Pipelines.Cli.Terminal;
using Pipelines.Engine.Operations;
using Pipelines.Model.Connections;
using Pipelines.Storage;
using Pipelines.Storage.Secrets;

namespace Pipelines.Cli.Verbs;

/// <summary><c>connections get|test|import|export</c>: what reads connections with their secrets, and files of them.</summary>
internal static class ConnectionsFileVerbs
{
    public static Command Get()
    {
        var (connId, home, output) = (Id(), Options.DataDirectory(), Options.Output());
        var command = new Command("get", "One connection with its secrets.") { connId, home, output };
        command.SetAction(async (args, cancellation) =>
        {
            await using var session = await Session.OpenAsync(args.GetValue(home)!, cancellation);
            var connection = await FindAsync(session, args.GetValue(connId)!, cancellation);
            new Output(args.GetValue(output)).Rows(["conn_id", "conn_type", "description", "host", "schema", "login", "password", "port", "extra_dejson", "get_uri"],
                [[connection.ConnId, connection.ConnType, connection.Description, connection.Host, connection.Schema, connection.Login, connection.Password,
                    connection.Port?.ToString(System.Globalization.CultureInfo.InvariantCulture), connection.Extra.ToJsonString(), ConnectionUri.Format(connection)]], "");
            return 0;
        });
        return command;
    }

    public static Command Test()
    {
        var (connId, home) = (Id(), Options.DataDirectory());
        var command = new Command("test", "Reach what a connection leads to, from here; exit code 1 when that fails.") { connId, home };
        command.SetAction(async (args, cancellation) =>
        {
            await using var session = await Session.OpenAsync(args.GetValue(home)!, cancellation);
            var connection = await FindAsync(session, args.GetValue(connId)!, cancellation);
            var answer = await session.Operation<TestConnection>().ExecuteAsync(connection, Session.User, cancellation);
            if (!answer.Succeeded) throw new CliError($"connection {connection.ConnId} failed: {answer.Message}");
            Console.Out.WriteLine($"connection {connection.ConnId} works: {answer.Message}");
            return 0;
        });
        return command;
    }

    public static Command Import()
    {
        var (file, home) = (Options.Name("file", "A file of them that ends in .json, .yaml or .env"), Options.DataDirectory());
        var overwrite = new Option<bool>("--overwrite") { Description = "Replace those that exist; otherwise they stay as they are" };
        var command = new Command("import", "Add the connections of a file; when one is wrong, none.") { file, overwrite, home };
        command.SetAction(async (args, cancellation) =>
        {
            var connections = ConnectionFile.Read(await SecretFile.ReadAsync(args.GetValue(file)!, cancellation));
            await using var session = await Session.OpenAsync(args.GetValue(home)!, cancellation);
            var known = (await session.Database.InTransactionAsync(ConnectionTable.ListAsync, cancellation)).Select(connection => connection.ConnId).ToHashSet(StringComparer.Ordinal);
            foreach (var connection in connections)
            {
                if (known.Contains(connection.ConnId) && !args.GetValue(overwrite))
                {
                    Console.Out.WriteLine($"connection {connection.ConnId} exists and stays as it is; --overwrite replaces it");
                    continue;
                }
                await session.Operation<AddConnection>().ExecuteAsync(connection, Session.User, cancellation);
                Console.Out.WriteLine($"connection {connection.ConnId} is stored");
            }
            return 0;
        });
        return command;
    }

    public static Command Export()
    {
        var (file, home) = (Options.Name("file", "Where to: a file that only you may read, or - for standard output"), Options.DataDirectory());
        var format = new Option<string?>("--file-format") { Description = "json, yaml or env; without it the file's ending tells, and standard output is json" };
        var serialization = new Option<string?>("--serialization-format") { Description = "Of env: uri (as it is without this) or json" };
        format.AcceptOnlyFromAmong("json", "yaml", "env");
        serialization.AcceptOnlyFromAmong("json", "uri");
        var command = new Command("export", "Write all connections, secrets included.") { file, format, serialization, home };
        command.SetAction(async (args, cancellation) =>
        {
            var path = args.GetValue(file)!;
            var kind = args.GetValue(format) ?? (path == "-" ? "json" : SecretFile.FormatOf(path));
            if (args.GetValue(serialization) is not null && kind != "env") throw new CliError("--serialization-format is for env only. Leave it out, or give --file-format env.");
            await using var session = await Session.OpenAsync(args.GetValue(home)!, cancellation);
            var all = await session.Database.InTransactionAsync(AllAsync, cancellation);
            await DataFile.WriteAsync(path, kind switch
            {
                "env" => ConnectionFile.FormatEnv(all, args.GetValue(serialization) == "json"),
                "yaml" => DataFile.ToYaml(ConnectionFile.Format(all)),
                _ => DataFile.ToJson(ConnectionFile.Format(all)),
            }, cancellation);
            await Console.Error.WriteLineAsync($"{all.Count} connections are written to {(path == "-" ? "standard output" : path)}");
            return 0;
        });
        return command;
    }

    private static async Task<IReadOnlyList<Connection>> AllAsync(Transaction tx)
    {
        var all = new List<Connection>();
        foreach (var listed in await ConnectionTable.ListAsync(tx)) all.Add((await ConnectionTable.FindAsync(tx, listed.ConnId))!);
        return all;
    }

    // As for tasks, what the environment holds comes first.
    private static async Task<Connection> FindAsync(Session session, string connId, CancellationToken cancellation)
    {
        if (Environment.GetEnvironmentVariable(ConnectionRules.EnvironmentName(connId)) is { } text) return ConnectionRules.Parse(connId, text);
        return await session.Database.InTransactionAsync(tx => ConnectionTable.FindAsync(tx, connId), cancellation)
            ?? throw new CliError($"There is no connection '{connId}'. 'pipelines connections list' shows them.");
    }

    private static Argument<string> Id() => Options.Name("conn-id", "Its name in DAG files, e.g. postgres_default");
}

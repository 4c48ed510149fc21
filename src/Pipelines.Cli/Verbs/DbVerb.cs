using System.CommandLine;
using Pipelines.Cli.Terminal;
using Pipelines.Storage;
using Pipelines.Storage.Secrets;

namespace Pipelines.Cli.Verbs;

/// <summary><c>db migrate|fernet-key</c>.</summary>
internal static class DbVerb
{
    public static Command Create() => new("db", "Look after the metadata database.") { Migrate(), MakeKey() };

    private static Command Migrate()
    {
        var home = Options.DataDirectory();
        var command = new Command("migrate", "Bring the schema to this program's version; several hosts may do so at once.") { home };
        command.SetAction(async (args, cancellation) =>
        {
            await using var session = Session.Open(args.GetValue(home)!);
            var applied = await session.MigrateAsync(cancellation);
            foreach (var migration in applied) Console.Out.WriteLine($"applied {migration.Version:0000} {migration.Name}");
            Console.Out.WriteLine($"the schema is at version {Migrator.All[^1].Version}");
            return 0;
        });
        return command;
    }

    private static Command MakeKey()
    {
        var command = new Command("fernet-key", "Make a key for PIPELINES_FERNET_KEY; to rotate, put it first, the old one after a comma, and run 'pipelines rotate-fernet-key'.");
        command.SetAction(_ => Console.Out.WriteLine(FernetKey.Generate()));
        return command;
    }
}

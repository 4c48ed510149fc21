using System.CommandLine;
using Pipelines.Cli.Terminal;
using Pipelines.Engine.Operations;

namespace Pipelines.Cli.Verbs;

/// <summary><c>rotate-fernet-key</c>, as Airflow calls it.</summary>
internal static class RotateFernetKeyVerb
{
    public static Command Create()
    {
        var home = Options.DataDirectory();
        var drop = new Option<bool>("--drop-unreadable") { Description = "Delete connections and variables that no key reads, when their key is lost for good" };
        var command = new Command("rotate-fernet-key", "Store all connections and variables anew with the first key of PIPELINES_FERNET_KEY. All hosts must have it first; afterwards the old key may go.") { drop, home };
        command.SetAction(async (args, cancellation) =>
        {
            await using var session = await Session.OpenAsync(args.GetValue(home)!, cancellation);
            var done = await session.Operation<RotateFernetKey>().ExecuteAsync(args.GetValue(drop), Session.User, cancellation);
            foreach (var name in done.Dropped) Console.Out.WriteLine($"{name} is deleted");
            Console.Out.WriteLine($"{done.Connections} connections and {done.Variables} variables are stored with the first key now");
            if (done.Running.Count > 0)
                await Console.Error.WriteLineAsync($"Running now: {string.Join(", ", done.Running)}. One that was not started with the first key cannot read connections and variables any more: restart it with that key.");
            return 0;
        });
        return command;
    }
}

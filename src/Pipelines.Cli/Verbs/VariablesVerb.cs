using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pipelines.Activities.SecretsBackends;
using Pipelines.Cli.Terminal;
using Pipelines.Engine.Operations;
using Pipelines.Model.Connections;
using Pipelines.Storage.Secrets;

namespace Pipelines.Cli.Verbs;

/// <summary><c>variables list|get|set|delete|import|export</c>.</summary>
internal static class VariablesVerb
{
    public static Command Create() => new("variables", "Values that templates read as var.value.KEY.") { List(), Get(), Set(), Delete(), Import(), Export() };

    private static Command List()
    {
        var values = new Option<bool>("--show-values") { Description = "With their values" };
        var hide = new Option<bool>("--hide-sensitive") { Description = "With --show-values: *** for those whose key says they are secret" };
        var (home, output) = (Options.DataDirectory(), Options.Output());
        var command = new Command("list", "All variables; their keys unless more is asked for.") { values, hide, home, output };
        command.Validators.Add(result =>
        {
            if (result.GetValue(hide) && !result.GetValue(values)) result.AddError("--hide-sensitive needs --show-values.");
        });
        command.SetAction(async (args, cancellation) =>
        {
            await using var session = await Session.OpenAsync(args.GetValue(home)!, cancellation);
            var all = await session.Database.InTransactionAsync(VariableTable.ListAsync, cancellation);
            string Shown(Variable variable) => args.GetValue(hide) && SecretMask.IsSensitive(variable.Key) ? SecretMask.Replacement : variable.Value;
            new Output(args.GetValue(output)).Rows(args.GetValue(values) ? ["key", "val", "description"] : ["key", "description"],
                all.Select(variable => (IReadOnlyList<object?>)(args.GetValue(values) ? [variable.Key, Shown(variable), variable.Description] : [variable.Key, variable.Description])),
                "No variable yet. Add one with 'pipelines variables set'.");
            return 0;
        });
        return command;
    }

    private static Command Get()
    {
        var (key, home) = (Key(), Options.DataDirectory());
        var json = new Option<bool>("--json", "-j") { Description = "Its value is JSON: print it indented, and fail when it is none" };
        var fallback = new Option<string?>("--default", "-d") { Description = "What to print when there is none" };
        var command = new Command("get", "The value of a variable and nothing else; that of the environment (AIRFLOW_VAR_KEY) comes first, as for tasks.") { key, json, fallback, home };
        command.SetAction(async (args, cancellation) =>
        {
            var name = args.GetValue(key)!;
            await using var session = await Session.OpenAsync(args.GetValue(home)!, cancellation);
            var value = Environment.GetEnvironmentVariable(ConnectionRules.VariableEnvironmentName(name))
                ?? await session.Database.InTransactionAsync(tx => VariableTable.FindAsync(tx, name), cancellation)
                ?? args.GetValue(fallback) ?? throw new CliError($"There is no variable '{name}'. 'pipelines variables list' shows them; --default says what to print without one.");
            Console.Out.WriteLine(args.GetValue(json) ? Indented(name, value) : value);
            return 0;
        });
        return command;
    }

    private static Command Set()
    {
        var (key, home) = (Key(), Options.DataDirectory());
        var value = Options.Name("value", "Its value; - reads it from standard input, which keeps a secret out of the process list and the shell's history");
        var description = new Option<string?>("--description") { Description = "One sentence for people; left out: it has none" };
        var json = new Option<bool>("--json", "-j") { Description = "Store the value as a JSON text, in quotes, as Airflow's --json does" };
        var command = new Command("set", "Set a variable.") { key, value, description, json, home };
        command.SetAction(async (args, cancellation) =>
        {
            var given = (await GivenText.ReadAsync(args.GetValue(value)!, cancellation)).Value;
            await using var session = await Session.OpenAsync(args.GetValue(home)!, cancellation);
            await session.Operation<SetVariable>().ExecuteAsync(args.GetValue(key)!, args.GetValue(json) ? JsonSerializer.Serialize(given) : given, args.GetValue(description), Session.User, cancellation);
            Console.Out.WriteLine($"variable {args.GetValue(key)} is set");
            return 0;
        });
        return command;
    }

    private static Command Delete()
    {
        var (key, home) = (Key(), Options.DataDirectory());
        var command = new Command("delete", "Delete a variable; templates that name it fail from now on.") { key, home };
        command.SetAction(async (args, cancellation) =>
        {
            await using var session = await Session.OpenAsync(args.GetValue(home)!, cancellation);
            await session.Operation<DeleteVariable>().ExecuteAsync(args.GetValue(key)!, Session.User, cancellation);
            Console.Out.WriteLine($"variable {args.GetValue(key)} is deleted");
            return 0;
        });
        return command;
    }

    private static Command Import()
    {
        var (file, home) = (Options.Name("file", "A file of them that ends in .json, .yaml or .env"), Options.DataDirectory());
        var existing = new Option<string>("--action-on-existing-key", "-a") { Description = "What to do with one that exists: overwrite, skip, or fail before anything is changed", DefaultValueFactory = _ => "overwrite" };
        existing.AcceptOnlyFromAmong("overwrite", "fail", "skip");
        var command = new Command("import", "Set the variables of a file.") { file, existing, home };
        command.SetAction(async (args, cancellation) =>
        {
            var entries = VariableFile.Read(await SecretFile.ReadAsync(args.GetValue(file)!, cancellation));
            await using var session = await Session.OpenAsync(args.GetValue(home)!, cancellation);
            var known = (await session.Database.InTransactionAsync(VariableTable.ListAsync, cancellation)).Select(variable => variable.Key).ToHashSet(StringComparer.Ordinal);
            var taken = entries.Select(entry => entry.Key).Where(known.Contains).ToList();
            if (args.GetValue(existing) == "fail" && taken.Count > 0) throw new CliError($"These variables exist already: {string.Join(", ", taken)}. Nothing was changed; -a says what else to do with them.");
            if (args.GetValue(existing) != "skip") taken = [];
            foreach (var entry in entries.Where(entry => !taken.Contains(entry.Key)))
                await session.Operation<SetVariable>().ExecuteAsync(entry.Key, entry.Value, entry.Description, Session.User, cancellation);
            Console.Out.WriteLine($"{entries.Count - taken.Count} of {entries.Count} variables are set{(taken.Count > 0 ? $"; these exist and stay as they are: {string.Join(", ", taken)}" : "")}");
            return 0;
        });
        return command;
    }

    private static Command Export()
    {
        var (file, home) = (Options.Name("file", "Where to: a file that only you may read, or - for standard output"), Options.DataDirectory());
        var command = new Command("export", "Write all variables as JSON, values included.") { file, home };
        command.SetAction(async (args, cancellation) =>
        {
            await using var session = await Session.OpenAsync(args.GetValue(home)!, cancellation);
            var all = await session.Database.InTransactionAsync(VariableTable.ListAsync, cancellation);
            await DataFile.WriteAsync(args.GetValue(file)!, DataFile.ToJson(VariableFile.Format(all.Select(variable => new VariableEntry(variable.Key, variable.Value, variable.Description)))), cancellation);
            await Console.Error.WriteLineAsync($"{all.Count} variables are written to {(args.GetValue(file) == "-" ? "standard output" : args.GetValue(file))}");
            return 0;
        });
        return command;
    }

    private static string Indented(string key, string value)
    {
        try
        {
            return JsonNode.Parse(value) is JsonObject parts ? DataFile.ToJson(parts).TrimEnd('\n') : JsonNode.Parse(value)?.ToJsonString() ?? "null";
        }
        catch (JsonException)
        {
            throw new CliError($"The variable '{key}' does not hold JSON. Leave --json out.");
        }
    }

    private static Argument<string> Key() => Options.Name("key", "Its key in templates, e.g. bucket");
}

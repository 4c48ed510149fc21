using System.Text;
using System.Text.Json.Nodes;
using Pipelines.Activities.Processes;
using Pipelines.Model.Activities;

namespace Pipelines.Activities;

/// <summary>Runs commands in bash on the worker, with the semantics of Airflow's BashOperator.</summary>
public sealed class Bash : IActivity
{
    // The commands come through a pipe: as an argument everybody on the machine could read them, and they could not be long. A NUL ends
    // them, so that half of them is not run when the worker dies meanwhile. What they read themselves is empty, as nobody sits there to type.
    private const string Loader = "IFS= read -r -d '' pipelines_command || exit; exec </dev/null; eval \"unset pipelines_command; $pipelines_command\"";

    public ActivityDescriptor Descriptor { get; } = new(
        "Bash", "Bash", "Code",
        "Runs commands in bash on the worker; the last line they print is returned.",
        [
            new("bashCommand", InputType.String, "Command", "One or more commands. Begin with 'set -e' to fail at the first that fails; pass what users typed in 'env', not here. A command that ends in .sh or .bash is the name of a template file; one that runs such a file itself ends with a space.") { TemplateExtensions = [".sh", ".bash"], Required = true, UiHint = "code-editor", Language = "shell" },
            new("env", InputType.Json, "Environment", "Environment variables as a JSON object. Given, they replace the worker's unless 'appendEnv' is set.") { UiHint = "json-editor", Check = inputs => ChildEnvironment.Read(inputs, "env") },
            new("appendEnv", InputType.Boolean, "Append environment", "Add 'env' to the worker's environment variables instead of replacing them.") { Default = "false", UiHint = "checkbox" },
            new("cwd", InputType.String, "Folder", "The folder to run in, on the worker; empty: a temporary one."),
            new("skipOnExitCode", InputType.Json, "Skip on exit code", "An exit code, or a JSON array of them, that skips the task; empty: none does.") { Default = "99", Check = inputs => SkipCodes(inputs) },
            ReturnValue.DoXcomPush,
        ],
        [],
        [ActivityDescriptor.Done])
    { RunsCode = true, Notifies = NotifierUse.Once };

    public async Task<Outcome> RunAsync(ITaskContext context, CancellationToken cancellation)
    {
        var command = context.Inputs.Required("bashCommand");
        if (command.Contains('\0')) throw new TaskFailure("Input 'bashCommand' holds a NUL character, which bash cannot read. Remove it.", retryable: false);
        var (skips, given) = (SkipCodes(context.Inputs), ChildEnvironment.Read(context.Inputs, "env"));
        using var folder = WorkFolder.Open(context.Inputs.Optional("cwd"));
        var bash = Programs.Find("bash", "Install it on every worker, or give the task a queue whose workers have it.");
        var process = new TaskProcess([bash, "-c", Loader], ChildEnvironment.Of(context, given, replaces: given is not null && !context.Inputs.Boolean("appendEnv", false)), folder.Path);

        var (last, isLong, errors) = ("", false, new LastOutput());
        var exitCode = await process.RunAsync(
            context,
            (input, output) => Task.WhenAll(FeedAsync(input, command), OutputLines.ReadAsync(output, (line, isPart) =>
            {
                context.Log(LogLevel.Info, line);
                (last, isLong) = (line, isPart);
            })),
            stream => OutputLines.ReadAsync(stream, (line, _) =>
            {
                context.Log(LogLevel.Warning, line);
                errors.Add(line);
            }),
            cancellation);

        context.Log(LogLevel.Info, $"The command exited with code {exitCode}.");
        if (skips.Contains(exitCode)) return new Outcome.Skipped($"The command exited with code {exitCode}, which input 'skipOnExitCode' names.");
        if (exitCode != 0) throw new TaskFailure($"The command of task '{context.Key.TaskId}' exited with code {exitCode}{Signal(exitCode)}. {errors.Words("standard error")}{Advice(exitCode)}");
        if (!ReturnValue.IsWanted(context)) return new Outcome.Succeeded();
        return !isLong ? new Outcome.Succeeded(JsonValue.Create(last)) : throw new TaskFailure(
            $"The last line that task '{context.Key.TaskId}' printed is longer than {ReturnValue.Longest:N0} characters, too long to be its return value. Print something short last, or set input 'doXcomPush' to false.",
            retryable: false);
    }

    private static async Task FeedAsync(Stream input, string command)
    {
        try
        {
            await input.WriteAsync(Encoding.UTF8.GetBytes(command + "\0"));
            input.Close();
        }
        catch (IOException)
        {
            // It was killed before it had read all. Its exit code says so.
        }
    }

    private static HashSet<int> SkipCodes(RenderedInputs inputs) => inputs.Json<HashSet<int>>("skipOnExitCode", [], json => json switch
    {
        null => [],
        JsonArray codes => [.. codes.Select(code => code!.GetValue<int>())],
        var code => [code.GetValue<int>()],
    }, "an exit code such as 99, or a JSON array such as [98, 99]");

    private static string Signal(int exitCode) => exitCode is > 128 and <= 128 + 64 ? $" (signal {exitCode - 128})" : "";

    private static string Advice(int exitCode) => exitCode switch
    {
        126 => "A file of the command is not executable: set its mode, or run it as 'bash file'.",
        127 => "A program was not found: install it on the worker, or check PATH (input 'env' replaces it unless 'appendEnv' is true).",
        137 => "Something killed it, often the system because memory ran out: see the machine's log.",
        _ => "Mend what it names and clear the task; an attempt that is left runs it again.",
    };
}

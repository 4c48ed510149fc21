using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pipelines.Activities.Processes;
using Pipelines.Model.Activities;

namespace Pipelines.Activities;

/// <summary>
/// Runs a bash script on the worker (Airflow's BashOperator). The script lies in a file that only the worker's user can read, so that what a
/// template put into it stands in no process list. What it started ends with it.
/// </summary>
public sealed class Bash : IActivity
{
    private const int Kept = 10;

    public ActivityDescriptor Descriptor { get; } = new(
        "Bash", "Bash", "Code", "Runs a bash script on the worker. The last line that it prints is the task's return value.",
        [
            new("bashCommand", InputType.String, "Script", "Any bash. Exit code 0 is success; see 'Skip on exit code'; any other fails.") { Required = true, UiHint = "code-editor", Language = "shell" },
            new("env", InputType.Json, "Environment", "Variables for the script as a JSON object, in place of the worker's own.") { UiHint = "json-editor" },
            new("appendEnv", InputType.Boolean, "Append environment", "Keep the worker's variables, too. Its PIPELINES_ settings are never passed on.") { Default = "false", UiHint = "checkbox" },
            new("cwd", InputType.String, "Working directory", "A directory on the worker; empty: one of its own, deleted afterwards."),
            new("skipOnExitCode", InputType.Json, "Skip on exit code", "An exit code, or a JSON array of some, that marks the task skipped.") { Default = "99" },
        ],
        [],
        [ActivityDescriptor.Done]);

    public async Task<Outcome> RunAsync(ITaskContext context, CancellationToken cancellation)
    {
        var script = context.Inputs.Required("bashCommand");
        var skips = ExitCodes(context.Inputs.Optional("skipOnExitCode"));
        var environment = ScriptEnvironment.Of(context, "env");
        using var folder = new AttemptDirectory();
        var directory = Directory(context.Inputs.Optional("cwd")) ?? folder.Path;
        var output = new LastLines(Kept);

        var exit = await ChildProcess.RunAsync(
            new ChildProcessStart("bash", [folder.Write("script.sh", script)], directory, environment), (line, isError) =>
            {
                context.Log(LogLevel.Info, line);
                output.Add(line, isError);
            },
            cancellation);

        if (skips.Contains(exit)) return new Outcome.Skipped(string.Create(CultureInfo.InvariantCulture, $"The script ended with exit code {exit}, which 'skipOnExitCode' names."));
        if (exit != 0) throw new TaskFailure(string.Create(CultureInfo.InvariantCulture, $"The script ended with exit code {exit}{Meaning(exit)}.{output.Quoted()} The task's log has all of its output."));
        return new Outcome.Succeeded(output.LastOutput is { } last ? JsonValue.Create(last) : null);
    }

    private static string Meaning(int exit) => exit switch
    {
        126 => " (a command could not be executed)",
        127 => " (a command was not found on the worker)",
        > 128 and < 160 => string.Create(CultureInfo.InvariantCulture, $" (ended by signal {exit - 128})"),
        _ => "",
    };

    private static string? Directory(string? path) => path is null || System.IO.Directory.Exists(path) ? path
        : throw new TaskFailure($"The working directory '{path}' does not exist on this worker. Create it, or leave input 'cwd' empty for one of its own.", retryable: false);

    private static HashSet<int> ExitCodes(string? text)
    {
        if (text is null) return [];
        try
        {
            return [.. JsonNode.Parse(text) switch
            {
                JsonArray list => list.Select(code => code!.GetValue<int>()),
                JsonValue code => [code.GetValue<int>()],
                _ => [],
            }];
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException or NullReferenceException)
        {
            throw new TaskFailure($"Input 'skipOnExitCode' is '{text}' but must be an exit code such as 99, or a JSON array of some.", retryable: false, inner: error);
        }
    }
}

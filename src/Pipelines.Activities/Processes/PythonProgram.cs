using System.Text.Json.Nodes;
using Pipelines.Model.Activities;

namespace Pipelines.Activities.Processes;

/// <summary>Python code of a task: the inputs that say what it is, and its run on the worker.</summary>
internal static class PythonProgram
{
    private const int LongestError = 2000;

    /// <summary>The inputs.</summary>
    /// <param name="returns">What the code returns and what that means, ends the description of the code.</param>
    public static IReadOnlyList<InputDescriptor> Inputs(string returns = "") =>
    [
        new("code", InputType.String, "Code", "The body of a function: 'return' ends it. It sees ds, logical_date, data_interval_start, params, dag_run, ti (xcom_pull, xcom_push) and more of Airflow's names; raise AirflowSkipException to skip, AirflowFailException to fail without retry." + returns) { Required = true, UiHint = "code-editor", Language = "python" },
        new("opKwargs", InputType.Json, "Keyword arguments", "A JSON object; the code sees each member as a variable.") { UiHint = "json-editor", Check = inputs => Keywords(inputs) },
        new("python", InputType.String, "Interpreter", "A name on the worker's PATH or a full path, e.g. of a virtual environment's python; 3.8 or newer.") { Default = "python3" },
        new("cwd", InputType.String, "Folder", "The folder to run in, on the worker, whose modules can be imported; empty: a temporary one."),
    ];

    /// <summary>Runs it to its end.</summary>
    /// <returns>What the code returned; or that it raised AirflowSkipException.</returns>
    /// <exception cref="TaskFailure">It failed.</exception>
    public static async Task<Outcome> RunAsync(ITaskContext context, CancellationToken cancellation)
    {
        var (code, keywords) = (context.Inputs.Required("code"), Keywords(context.Inputs));
        var interpreter = context.Inputs.Optional("python") ?? "python3";
        using var folder = WorkFolder.Open(context.Inputs.Optional("cwd"));
        var path = Programs.Find(interpreter, "Install Python 3 on every worker, or name another interpreter in input 'python'.");
        var process = new TaskProcess([path, "-c", PythonConversation.Loader], ChildEnvironment.Of(context), folder.Path);

        var (conversation, printed) = (new PythonConversation(context, cancellation), new LastOutput());
        var exitCode = await process.RunAsync(
            context,
            (input, output) => conversation.HoldAsync(input, output, code, keywords),
            stream => OutputLines.ReadAsync(stream, (line, _) =>
            {
                context.Log(LogLevel.Info, line);
                printed.Add(line);
            }),
            cancellation);
        return conversation.End is { } end ? EndOf(context, end)
            : throw new TaskFailure($"{interpreter} of task '{context.Key.TaskId}' ended with code {exitCode} before the code had ended. {printed.Words("output")}{Advice(exitCode)}");
    }

    // Nothing that kills it leaves 0: only code does, or a library that it calls.
    private static string Advice(int exitCode) => exitCode == 0
        ? "The code ended the interpreter itself, as os._exit(0) does, so nobody knows whether it had done its work. End it with return, or raise AirflowSkipException."
        : "Look there for what killed it, or for an exit of the code's own.";

    private static Outcome EndOf(ITaskContext context, JsonObject end)
    {
        switch (end["say"]!.GetValue<string>())
        {
            case "returned":
                return new Outcome.Succeeded(end["value"]?.DeepClone()) { AssetUpdates = PythonAssets.Updates(end["updates"]!.AsArray()) };
            case "skipped":
                var reason = end["reason"]!.GetValue<string>();
                return new Outcome.Skipped(reason.Length > 0 ? reason : "The code raised AirflowSkipException.");
            default:
                foreach (var line in end["traceback"]!.GetValue<string>().TrimEnd().Split('\n')) context.Log(LogLevel.Error, line);
                var retryable = end["retryable"]!.GetValue<bool>();
                throw new TaskFailure(
                    $"The code of task '{context.Key.TaskId}' failed{(end["line"] is { } number ? $" at line {number}" : "")}: {Excerpt.Of(end["error"]!.GetValue<string>(), LongestError).TrimEnd('.')}. "
                        + (retryable ? "The traceback is in the log; an attempt that is left runs the code again." : "The traceback is in the log; mend the code or what it was given, then clear the task."),
                    retryable);
        }
    }

    private static JsonObject Keywords(RenderedInputs inputs) => inputs.Json("opKwargs", [], json => json!.AsObject(), "a JSON object, such as {\"table\": \"orders\"}");
}

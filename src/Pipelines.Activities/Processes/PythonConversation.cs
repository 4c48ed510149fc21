using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pipelines.Model.Activities;
using Pipelines.Model.Assets;

namespace Pipelines.Activities.Processes;

/// <summary>The engine's side of what python_task.py and it say to each other: JSON, one object per line.</summary>
internal sealed class PythonConversation(ITaskContext context, CancellationToken cancellation)
{
    /// <summary>What python3 is told on its command line: to read the rest from the pipe.</summary>
    public const string Loader = "import json, sys; job = json.loads(sys.stdin.buffer.readline()); exec(compile(job['prelude'], '<pipelines>', 'exec'), {'job': job, '__name__': 'pipelines'})";

    private static readonly string Prelude = Scripts.Read("python_assets.py") + Scripts.Read("python_task.py");

    /// <summary>How the code ended; null: it never said.</summary>
    public JsonObject? End { get; private set; }

    /// <summary>Sends the code, answers what it asks, until it ends.</summary>
    public async Task HoldAsync(Stream toPython, Stream fromPython, string code, JsonObject keywords)
    {
        await WriteAsync(toPython, new JsonObject
        {
            ["prelude"] = Prelude,
            ["code"] = code,
            ["op_kwargs"] = keywords,
            ["longest"] = ReturnValue.Longest,
            ["context"] = Facts(),
        });
        using var reader = new StreamReader(fromPython, Encoding.ASCII, leaveOpen: true);
        while (await reader.ReadLineAsync(CancellationToken.None) is { } line)
        {
            if (Parse(line) is not { } message) continue;
            if (message["say"]?.GetValue<string>() is "pull" or "push" or "events" or "triggering") await WriteAsync(toPython, await AnswerAsync(message));
            else End = message;
        }
    }

    // A line that is not ours cannot come but from code that looked for the pipe; it is not worth an ending of its own.
    private static JsonObject? Parse(string line)
    {
        try
        {
            return JsonNode.Parse(line) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private async Task<JsonObject> AnswerAsync(JsonObject message)
    {
        try
        {
            return message["say"]!.GetValue<string>() switch
            {
                "pull" => new JsonObject { ["value"] = new JsonArray([.. await PullAsync(message)]) },
                "events" => new JsonObject { ["value"] = await context.Assets.EventsAsync(PythonAssets.Query(message), cancellation) },
                "triggering" => new JsonObject { ["value"] = await context.Assets.TriggeringEventsAsync(cancellation) },
                _ => await PushAsync(message),
            };
        }
        catch (Exception error)
        {
            return new JsonObject { ["error"] = error.Message };
        }
    }

    private async Task<JsonObject> PushAsync(JsonObject message)
    {
        await context.XCom.PushAsync(message["key"]!.GetValue<string>(), message["value"]!.DeepClone(), cancellation);
        return [];
    }

    private Task<IReadOnlyList<JsonNode?>> PullAsync(JsonObject message)
    {
        var query = new XComQuery(message["task_id"]!.GetValue<string>(), message["key"]!.GetValue<string>(), message["map_index"]?.GetValue<int>())
        {
            DagId = message["dag_id"]?.GetValue<string>(),
            RunId = message["run_id"]?.GetValue<string>(),
            IncludesPriorDates = message["include_prior_dates"]!.GetValue<bool>(),
        };
        return context.XCom.PullAllAsync(query, cancellation);
    }

    private JsonObject Facts() => new()
    {
        ["dag_id"] = context.Key.DagId,
        ["task_id"] = context.Key.TaskId,
        ["run_id"] = context.Key.RunId,
        ["map_index"] = context.Key.MapIndex,
        ["try_number"] = context.TryNumber,
        ["params"] = context.Run.Params.DeepClone(),
        ["conf"] = context.Run.Conf.DeepClone(),
        ["inlets"] = AssetJson.Canonical(context.Assets.Inlets),
        ["outlets"] = AssetJson.Canonical(context.Assets.Outlets),
        ["logical_date"] = Iso(context.LogicalDate),
        ["data_interval_start"] = Iso(context.Interval?.Start),
        ["data_interval_end"] = Iso(context.Interval?.End),
    };

    private static string? Iso(DateTimeOffset? moment) => moment is { } known ? ChildEnvironment.Iso(known) : null;

    private static async Task WriteAsync(Stream toPython, JsonObject message)
    {
        try
        {
            await toPython.WriteAsync(Encoding.UTF8.GetBytes(message.ToJsonString() + "\n"));
            await toPython.FlushAsync();
        }
        catch (IOException)
        {
            // It ended without listening; that it never said how tells the rest.
        }
    }
}

using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Pipelines.Activities;
using Pipelines.Model.Connections;
using Pipelines.TestKit;

namespace Pipelines.Benchmarks.Extracts;

/// <summary>What to extract.</summary>
/// <param name="Table">schema.table.</param>
/// <param name="Compression">gzip, zstd or none.</param>
/// <param name="Store">Id of the connection to S3.</param>
internal sealed record AttemptOrder(string Table, string Compression, string Store);

/// <summary>What one extract took.</summary>
/// <param name="Seconds">From start to end.</param>
/// <param name="ProcessorSeconds">Of the extracting process.</param>
/// <param name="Rows">Rows written.</param>
/// <param name="Bytes">Bytes of the files.</param>
/// <param name="IdleBytes">Resident memory of the process before it.</param>
/// <param name="PeakBytes">The most resident memory during it.</param>
internal sealed record AttemptCost(double Seconds, double ProcessorSeconds, long Rows, long Bytes, long IdleBytes, long PeakBytes);

/// <summary>A process that runs the activity ExtractToS3, streamed, with the worker's settings of the runtime, as often as it is asked.</summary>
internal static class Attempt
{
    /// <summary>The child's argument.</summary>
    public const string Role = "attempt";

    /// <summary>The child's side.</summary>
    public static Task AnswerAsync() => ChildProcess.AnswerAsync("ready", async order => JsonSerializer.Serialize(await RunAsync(JsonSerializer.Deserialize<AttemptOrder>(order)!)));

    /// <summary>Asks a child for one extract.</summary>
    public static async Task<AttemptCost> AskAsync(ChildProcess child, AttemptOrder order) =>
        JsonSerializer.Deserialize<AttemptCost>(await child.AskAsync(JsonSerializer.Serialize(order)))!;

    private static async Task<AttemptCost> RunAsync(AttemptOrder order)
    {
        var task = new ActivityEnvironment();
        foreach (var connId in new[] { ExtractBench.Source, ExtractBench.LocalCloud, ExtractBench.Sink })
            task.Add(ConnectionUri.Parse(connId, Environment.GetEnvironmentVariable(ConnectionRules.EnvironmentName(connId))!));
        // Writing 5 there makes the peak start again from here.
        await File.WriteAllTextAsync("/proc/self/clear_refs", "5");
        var (idle, processor, start) = (Memory("VmRSS"), ProcessorTime(), Stopwatch.GetTimestamp());
        var result = await task.SucceedAsync(new ExtractToS3(), new Dictionary<string, string?>
        {
            ["table"] = order.Table,
            ["compression"] = order.Compression,
            ["bucket"] = ExtractBench.Bucket,
            ["awsConnectionId"] = order.Store,
        });
        return new AttemptCost(Stopwatch.GetElapsedTime(start).TotalSeconds, (ProcessorTime() - processor).TotalSeconds,
            result["rows"]!.GetValue<long>(), result["bytes"]!.GetValue<long>(), idle, Memory("VmHWM"));
    }

    private static TimeSpan ProcessorTime()
    {
        using var self = Process.GetCurrentProcess();
        return self.TotalProcessorTime;
    }

    /// <summary>A size from <c>/proc/self/status</c>, in bytes.</summary>
    private static long Memory(string name)
    {
        var line = File.ReadLines("/proc/self/status").First(line => line.StartsWith(name + ":", StringComparison.Ordinal));
        return 1024 * long.Parse(line[(name.Length + 1)..].Replace("kB", "", StringComparison.Ordinal), NumberStyles.Integer, CultureInfo.InvariantCulture);
    }
}

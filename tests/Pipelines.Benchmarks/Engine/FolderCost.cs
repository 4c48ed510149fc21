using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Npgsql;
using Pipelines.TestKit;

namespace Pipelines.Benchmarks.Engine;

/// <summary>A folder of 1,000 DAG files in a standalone as its users start it: when a saved file is live, and what the folder costs when nobody writes.</summary>
internal static class FolderCost
{
    private const int Files = 1_000;
    private const int Saves = 20;
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(60);

    public static async Task RunAsync()
    {
        await MeasureAsync(files: 1, saves: 0);
        await MeasureAsync(Files, Saves);
    }

    private static async Task MeasureAsync(int files, int saves)
    {
        using var folder = new TemporaryDirectory();
        var (data, workflows) = (Path.Combine(folder.Path, "data"), Directory.CreateDirectory(Path.Combine(folder.Path, "workflows")).FullName);
        for (var i = 0; i < files; i++) await WriteAsync(workflows, $"dag_{i}", "first");
        var began = Stopwatch.StartNew();
        await using var standalone = CommandLine.Start(["standalone", "--port", "0", "--data-dir", data, "--workflows", workflows], new Dictionary<string, string?> { ["PIPELINES_ADMIN_PASSWORD"] = "only for measuring" });
        await standalone.LineAsync(line => line.Contains("is running on", StringComparison.Ordinal));
        Print($"standalone with {files} DAG files starts, its PostgreSQL made anew", began.Elapsed);
        using var home = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(data, "standalone.json")));
        await using var sql = NpgsqlDataSource.Create(home.RootElement.GetProperty("Database").GetString()!);
        await Task.Delay(TimeSpan.FromSeconds(10));
        var live = new List<TimeSpan>();
        for (var i = 0; i < saves; i++) live.Add(await SaveAsync(sql, workflows, $"dag_{i * files / saves}", $"save {i}"));
        if (live.Count > 0)
        {
            live.Sort();
            Print($"a save among {files} DAG files → live, median of {saves}", live[live.Count / 2]);
            Print($"the same, the longest of {saves}", live[^1]);
        }
        var before = Cpu(standalone.ProcessId);
        await Task.Delay(Window);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{$"idle standalone with {files} DAG files",-60} {(Cpu(standalone.ProcessId) - before) / Window * 100,8:0.00} % of a core, without the database's"));
    }

    /// <summary>Saves as most editors do, in the place of the file, at any moment between two looks.</summary>
    private static async Task<TimeSpan> SaveAsync(NpgsqlDataSource sql, string workflows, string dagId, string description)
    {
        await Task.Delay(Random.Shared.Next(1_000, 3_000));
        var began = Stopwatch.StartNew();
        await WriteAsync(workflows, dagId, description);
        while (true)
        {
            await using var command = sql.CreateCommand("SELECT description FROM pipelines.dag WHERE dag_id = $1");
            command.Parameters.AddWithValue(dagId);
            if (await command.ExecuteScalarAsync() as string == description) return began.Elapsed;
            await Task.Delay(5);
        }
    }

    private static Task WriteAsync(string workflows, string dagId, string description)
    {
        var dag = JsonNode.Parse(new BenchmarkDag(dagId, "Empty", Tasks: 4, ChainLength: 4).ToJson())!;
        dag["description"] = description;
        return File.WriteAllTextAsync(Path.Combine(workflows, $"{dagId}.json"), dag.ToJsonString());
    }

    private static void Print(string what, TimeSpan time) => Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what,-60} {time.TotalMilliseconds,8:0} ms"));

    private static TimeSpan Cpu(int processId)
    {
        using var process = Process.GetProcessById(processId);
        return process.TotalProcessorTime;
    }
}

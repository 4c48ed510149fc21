using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Npgsql;
using Pipelines.TestKit;

namespace Pipelines.Benchmarks.Engine;

/// <summary>What an installation costs that has nothing to do: a standalone as its users start it, and Hangfire alone with as many workers.</summary>
internal static class IdleCost
{
    private const int Workers = 8;
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(60);

    public static async Task RunAsync()
    {
        using var folder = new TemporaryDirectory();
        var (data, workflows) = (Path.Combine(folder.Path, "data"), Directory.CreateDirectory(Path.Combine(folder.Path, "workflows")).FullName);
        await using var standalone = CommandLine.Start(["standalone", "--port", "0", "--data-dir", data, "--workflows", workflows], new Dictionary<string, string?> { ["PIPELINES_ADMIN_PASSWORD"] = "only for measuring" });
        await standalone.LineAsync(line => line.Contains("is running on", StringComparison.Ordinal));
        using var home = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(data, "standalone.json")));
        await using var sql = NpgsqlDataSource.Create(home.RootElement.GetProperty("Database").GetString()!);
        await MeasureAsync("idle standalone", sql, standalone.ProcessId);

        await using var engine = await EngineUnderTest.StartAsync(Workers, [new NoOp()], started: false);
        var database = await engine.OtherDatabaseAsync("bare");
        await using var other = NpgsqlDataSource.Create(database);
        using var bare = new BareHangfire(database, Workers, capturesCulture: false);
        await MeasureAsync("idle bare Hangfire server", other, Environment.ProcessId);
    }

    private static async Task MeasureAsync(string what, NpgsqlDataSource database, int processId)
    {
        await Task.Delay(Settling);
        var (before, cpu) = (await CommitsAsync(database), Cpu(processId));
        await Task.Delay(Window);
        var (commits, used) = (await CommitsAsync(database) - before, Cpu(processId) - cpu);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{what,-60} {commits / Window.TotalSeconds,8:0.0} transactions/s   {used / Window * 100,6:0.00} % of a core, without the database's"));
    }

    private static async Task<long> CommitsAsync(NpgsqlDataSource database)
    {
        await using var command = database.CreateCommand("SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()");
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private static TimeSpan Cpu(int processId)
    {
        using var process = Process.GetProcessById(processId);
        return process.TotalProcessorTime;
    }
}

using System.Globalization;
using Pipelines.Api.Access;
using Pipelines.Cli.Hosting;
using Pipelines.Cli.Terminal;
using Pipelines.Engine.Operations;
using Pipelines.LocalCloud;
using Pipelines.Model.Connections;
using Pipelines.Model.Dags;
using Pipelines.Model.Runs;
using Pipelines.Model.Timetables;
using Pipelines.Storage;
using Pipelines.Storage.Runs;
using Pipelines.Storage.Secrets;
using Pipelines.Web;
using Pipelines.Web.Settings;

namespace Pipelines.Cli.Demo;

/// <summary>What the demo is asked to do.</summary>
/// <param name="Orders">Orders in the shop.</param>
/// <param name="DagFile">Another DAG file, run once; null: the shop's, backfilled.</param>
/// <param name="Source">URI of another source database; null: the shop.</param>
/// <param name="Serve">Keep the web UI up.</param>
/// <param name="Port">Of the web UI.</param>
internal sealed record DemoOptions(int Orders, FileInfo? DagFile, string? Source, bool Serve, int Port);

/// <summary>The demo from the first file to the last line, in a temporary directory that is gone afterwards.</summary>
internal sealed class DemoRun(DemoOptions options, Output output)
{
    private const string ShopDag = "shop_to_redshift";
    // The one that the shop's DAG names in its params.
    private const string Bucket = "pipelines-lake";
    private static readonly Actor Demo = new("demo", RunTriggeredBy.Cli);

    // Read once: a demo that runs past midnight keeps its days.
    private readonly DateOnly _firstDay = DateOnly.FromDateTime(DateTime.UtcNow).AddDays(-ShopDatabase.Days);

    /// <summary>Runs the demo.</summary>
    /// <returns>0 when every row was moved and proved to be, else 1.</returns>
    public static async Task<int> RunAsync(DemoOptions options, Output output, CancellationToken cancellation)
    {
        var demo = new DemoRun(options, output);
        var dag = demo.ReadDag();
        if (options.Source is not null) ConnectionUri.Parse("--source", options.Source);
        var folder = Directory.CreateTempSubdirectory("pipelines-demo-");
        try
        {
            return await demo.RunAsync(dag, folder.FullName, cancellation);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private async Task<int> RunAsync(Dag dag, string folder, CancellationToken cancellation)
    {
        output.Say("starting a PostgreSQL, an S3 and a Redshift on this machine");
        await using var cloud = await LocalCloudHost.StartAsync(
            new LocalCloudOptions { DataDirectory = Path.Combine(folder, "cloud"), Bucket = Bucket, Fsync = false, OnTrouble = Console.Error.WriteLine }, cancellation);
        if (options.Source is null) await MakeShopAsync(cloud, cancellation);
        await using var host = await StartHostAsync(cloud, dag, folder, cancellation);
        await AddConnectionsAsync(host, cloud, cancellation);

        var runs = await CreateRunsAsync(host, dag, cancellation);
        var database = host.Services.GetRequiredService<Database>();
        var ended = await new RunProgress(database, runs, output).WatchAsync(cancellation);
        var report = await database.InTransactionAsync(tx => DemoReport.ReadAsync(tx, ended), cancellation);
        report.Print(output);
        if (options.Serve) await ServeAsync(host, cloud, cancellation);
        return report.Proves ? 0 : Failures.Failed;
    }

    private string DagPath => options.DagFile?.FullName ?? Path.Combine(AppContext.BaseDirectory, "workflows", $"{ShopDag}.json");

    private static string PluginsFolder => Settings.Given("PLUGINS") ?? HostSettings.Defaults.Plugins;

    /// <summary>The DAG is read before anything starts, so that a mistake in it costs no time.</summary>
    private Dag ReadDag()
    {
        if (!File.Exists(DagPath)) throw new CliError($"There is no file {DagPath}.");
        var result = DagFile.Read(File.ReadAllText(DagPath), DagPath, Composition.Plugins(PluginsFolder).Catalog);
        foreach (var warning in result.Warnings) Console.Error.WriteLine($"warning: {warning}");
        return result.Dag ?? throw new CliError($"{DagPath} cannot be run:\n{string.Join('\n', result.Errors)}");
    }

    private async Task MakeShopAsync(LocalCloudHost cloud, CancellationToken cancellation)
    {
        output.Say(string.Create(CultureInfo.InvariantCulture, $"making a shop: {options.Orders:N0} orders over the last {ShopDatabase.Days} days"));
        await new ShopDatabase(options.Orders, _firstDay).CreateAsync(cloud.SourceConnectionString, cancellation);
    }

    /// <summary>One process with every role; its scheduler reads the one DAG file from a folder of its own.</summary>
    private async Task<RunningHost> StartHostAsync(LocalCloudHost cloud, Dag dag, string folder, CancellationToken cancellation)
    {
        var workflows = Directory.CreateDirectory(Path.Combine(folder, "workflows")).FullName;
        File.Copy(DagPath, Path.Combine(workflows, $"{dag.DagId}.json"));
        return await RunningHost.StartAsync(HostSettings.Defaults with
        {
            Database = await cloud.Postgres.CreateDatabaseAsync("pipelines", cancel: cancellation),
            FernetKey = FernetKey.Generate(),
            KeysDirectory = Path.Combine(folder, "keys"),
            JwtSecret = Tokens.GenerateSecret(),
            Workflows = workflows,
            Plugins = PluginsFolder,
            Url = new Uri($"http://127.0.0.1:{(options.Serve ? options.Port : 0)}"),
            AdminPassword = Settings.Given("ADMIN_PASSWORD"),
            LogLevel = LogLevel.Warning,
        }, cancellation);
    }

    private async Task AddConnectionsAsync(RunningHost host, LocalCloudHost cloud, CancellationToken cancellation)
    {
        var add = host.Services.GetRequiredService<AddConnection>();
        foreach (var (connId, uri) in cloud.ConnectionUris)
        {
            var chosen = connId == "postgres_default" && options.Source is not null ? options.Source : uri;
            await add.ExecuteAsync(ConnectionUri.Parse(connId, chosen), Demo, cancellation);
        }
    }

    /// <summary>The shop's DAG is backfilled over its three days; another DAG runs once, for the last whole interval of its schedule.</summary>
    private async Task<IReadOnlyList<long>> CreateRunsAsync(RunningHost host, Dag dag, CancellationToken cancellation)
    {
        var database = host.Services.GetRequiredService<Database>();
        var runs = options.DagFile is null ? await BackfillAsync(host, database, dag, cancellation) : [await TriggerAsync(host, dag, cancellation)];
        await host.Services.GetRequiredService<SetDagPaused>().ExecuteAsync(dag.DagId, isPaused: false, Demo, cancellation);
        return runs;
    }

    private async Task<IReadOnlyList<long>> BackfillAsync(RunningHost host, Database database, Dag dag, CancellationToken cancellation)
    {
        var from = new DateTimeOffset(_firstDay.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero);
        var created = await host.Services.GetRequiredService<CreateBackfill>().ExecuteAsync(
            new BackfillRequest(dag.DagId, new BackfillRange(from, from.AddDays(ShopDatabase.Days - 1))), Demo, cancellation);
        return [.. (await database.InTransactionAsync(tx => DagRunQueries.OfBackfillAsync(tx, created.Id), cancellation)).Select(run => run.Id)];
    }

    private static async Task<long> TriggerAsync(RunningHost host, Dag dag, CancellationToken cancellation)
    {
        var last = dag.Timetable.CanBeScheduled ? dag.Timetable.InferManualInterval(DateTimeOffset.UtcNow) : (DataInterval?)null;
        var request = new TriggerRequest(dag.DagId) { LogicalDate = last?.Start, Interval = last, RunAfter = DateTimeOffset.UtcNow };
        return (await host.Services.GetRequiredService<TriggerDagRun>().ExecuteAsync(request, Demo, cancellation)).Run.Id;
    }

    private async Task ServeAsync(RunningHost host, LocalCloudHost cloud, CancellationToken cancellation)
    {
        foreach (var line in cloud.Usage()) output.Say(line);
        output.Say($"the web UI is on {host.Url}; Ctrl+C stops everything");
        host.SayFirstPassword(output.IsJson ? Console.Error : Console.Out);
        await await Task.WhenAny(host.WaitForShutdownAsync(cancellation), cloud.Postgres.GivenUp);
    }
}

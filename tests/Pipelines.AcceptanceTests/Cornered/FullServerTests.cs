using Npgsql;
using Pipelines.TestKit;

namespace Pipelines.AcceptanceTests.Cornered;

/// <summary>The metadata server runs out of something: connections, or its disk. Nobody exits, and work goes on when there is room again.</summary>
public sealed class FullServerTests
{
    private const int Idle = 300;

    private Installation _installation = null!;

    [TearDown]
    public async Task StopAsync()
    {
        if (_installation is not null) await _installation.DisposeAsync();
    }

    [Test]
    public async Task With_300_idle_connections_runs_go_on_and_without_a_free_one_commands_say_so_and_hosts_wait()
    {
        // 60 for the installation: a scheduler and a worker with two threads.
        _installation = await Installation.CreateAsync(maxConnections: Idle + 60);
        await using var crowd = new Crowd(_installation.Database);
        await crowd.JoinAsync(Idle);
        var hosts = await StartAsync();

        await TriggerAsync("crowded");
        await SucceedsAsync("crowded");

        await crowd.FillAsync();
        var refused = await _installation.TryAsync("dags", "list");
        Assert.That((refused.ExitCode, refused.Error), Is.EqualTo((1, refused.Error)));
        Assert.That(refused.Error, Does.Contain("too many clients").And.Contain("max_connections"));

        await crowd.LeaveAsync();
        await TriggerAsync("afterwards");
        await SucceedsAsync("afterwards");
        await EndWellAsync(hosts);
    }

    [Test]
    public async Task With_a_full_disk_a_task_that_ends_meanwhile_is_reported_when_there_is_room()
    {
        using var disk = SmallDisk.Mount(megabytes: 400);
        _installation = await Installation.CreateAsync(disk["postgres"]);
        await using var elsewhere = await Installation.CreateAsync();
        var hosts = await StartAsync();
        await _installation.RunAsync("connections", "add", "elsewhere", "--conn-uri", elsewhere.Server.Uri("pipelines"));
        await using var gate = await Gate.CloseAsync(elsewhere.Database);
        await _installation.TriggerAsync("during", DagFile.ByHand("during").Add("one", "SqlQuery", ("connectionId", "elsewhere"), ("sql", gate.Sql)));
        await elsewhere.UntilAsync(gate.IsWaitedFor);

        disk.Fill();
        await ExhaustAsync();
        await gate.OpenAsync();
        await hosts[1].LineAsync(line => line.Contains("Could not report the end of the attempt", StringComparison.Ordinal));
        Assert.That(hosts.Select(host => host.HasEnded), Is.All.False);

        disk.Empty();
        // PostgreSQL stops when it cannot write its log; whoever runs it starts it again.
        await _installation.StartServerAgainAsync();
        await SucceedsAsync("during");
        Assert.That(await _installation.ReadAsync<int>("SELECT try_number FROM pipelines.task_instance WHERE task_id = 'one'"), Is.EqualTo(1));
        await EndWellAsync(hosts);
    }

    private async Task<CommandLine[]> StartAsync()
    {
        await _installation.RunAsync("db", "migrate");
        await _installation.RunAsync("connections", "add", "db", "--conn-uri", _installation.Server.Uri("pipelines"));
        return [await _installation.StartAsync("scheduler"), await _installation.StartAsync("worker", ("PIPELINES_WORKERS", "2"))];
    }

    private Task TriggerAsync(string dagId) => _installation.TriggerAsync(dagId,
        DagFile.ByHand(dagId).Add("one", "SqlQuery", ("connectionId", "db"), ("sql", "SELECT 1 AS one")).Add("two", "SqlQuery", ("connectionId", "db"), ("sql", "SELECT 2 AS two")));

    private Task SucceedsAsync(string dagId) => _installation.UntilAsync($"SELECT EXISTS (SELECT FROM pipelines.dag_run WHERE dag_id = '{dagId}' AND state = 'success')");

    private async Task EndWellAsync(CommandLine[] hosts)
    {
        foreach (var host in hosts)
        {
            var end = await _installation.StopAsync(host);
            Assert.That(end.ExitCode, Is.Zero, end.Error);
        }
    }

    /// <summary>Has the server write its log until it stops for want of room.</summary>
    private async Task ExhaustAsync()
    {
        try
        {
            while (true) await Script.RunAsync(_installation.Database, "SELECT pg_logical_emit_message(false, 'ballast', repeat('x', 1000000))");
        }
        catch (NpgsqlException)
        {
        }
    }

    /// <summary>Sessions of other people that do nothing.</summary>
    private sealed class Crowd(string database) : IAsyncDisposable
    {
        private readonly string _database = new NpgsqlConnectionStringBuilder(database) { Pooling = false }.ConnectionString;
        private readonly Stack<NpgsqlConnection> _idle = [];

        public async Task JoinAsync(int count)
        {
            for (var i = 0; i < count; i++)
            {
                var connection = new NpgsqlConnection(_database);
                await connection.OpenAsync();
                _idle.Push(connection);
            }
        }

        /// <summary>Takes every connection that is left.</summary>
        public async Task FillAsync()
        {
            try
            {
                while (true) await JoinAsync(1);
            }
            catch (PostgresException error) when (error.SqlState == PostgresErrorCodes.TooManyConnections)
            {
            }
        }

        public async Task LeaveAsync()
        {
            while (_idle.TryPop(out var connection)) await connection.DisposeAsync();
        }

        public ValueTask DisposeAsync() => new(LeaveAsync());
    }
}

using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Npgsql;
using Pipelines.LocalCloud.Postgres;
using Pipelines.TestKit;

namespace Pipelines.IntegrationTests.LocalCloud;

public class EmbeddedPostgresTests
{
    private TemporaryDirectory _directory = null!;

    private PostgresOptions Options => new() { DataDirectory = _directory["pg"], Fsync = false };

    [SetUp]
    public void MakeDirectory() => _directory = new TemporaryDirectory();

    [TearDown]
    public void DeleteDirectory() => _directory.Dispose();

    [Test]
    public async Task Data_and_password_survive_a_restart_and_no_process_stays()
    {
        int pid;
        string password;
        await using (var first = await EmbeddedPostgres.StartAsync(Options))
        {
            pid = first.ProcessId;
            password = first.SuperuserPassword;
            await RunAsync(first, "CREATE TABLE kept AS SELECT 42 AS answer");
        }
        Assert.That(IsRunning(pid), Is.False);

        await using var second = await EmbeddedPostgres.StartAsync(Options);
        Assert.That(await RunAsync(second, "SELECT answer FROM kept"), Is.EqualTo(42));
        Assert.That(second.SuperuserPassword, Is.EqualTo(password));
    }

    [Test]
    public async Task Only_the_generated_password_opens_it_and_only_its_owner_can_read_it()
    {
        await using var server = await EmbeddedPostgres.StartAsync(Options);
        var wrong = server.ConnectionString("postgres", "postgres", "guess");

        Assert.That(async () => await OpenAsync(wrong), Throws.TypeOf<PostgresException>().With.Property("SqlState").EqualTo("28P01"));
        if (!OperatingSystem.IsWindows())
        {
            Assert.That(File.GetUnixFileMode(_directory["pg", "superuser-password"]), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
            Assert.That(File.GetUnixFileMode(_directory["pg", "cluster"]) & (UnixFileMode)0b111_111, Is.EqualTo((UnixFileMode)0));
        }
        if (OperatingSystem.IsLinux())
            Assert.That(File.ReadAllText($"/proc/{server.ProcessId}/cmdline"), Does.Not.Contain(server.SuperuserPassword));
    }

    [Test]
    public async Task A_given_port_that_is_in_use_is_named_in_the_error()
    {
        using var holder = new TcpListener(IPAddress.Loopback, 0);
        holder.Start();
        var port = ((IPEndPoint)holder.LocalEndpoint).Port;

        Assert.That(async () => await EmbeddedPostgres.StartAsync(Options with { Port = port }),
            Throws.TypeOf<EmbeddedPostgresException>().With.Message.Contains($"127.0.0.1:{port}").And.Message.Contains("choose another port"));

        holder.Stop();
        await using var server = await EmbeddedPostgres.StartAsync(Options with { Port = port });
        Assert.That(server.Port, Is.EqualTo(port));
    }

    [Test]
    public async Task A_second_server_in_the_same_folder_is_refused()
    {
        await using var server = await EmbeddedPostgres.StartAsync(Options);

        Assert.That(async () => await EmbeddedPostgres.StartAsync(Options),
            Throws.TypeOf<EmbeddedPostgresException>().With.Message.Contains("in use by another Pipelines process"));
    }

    [Test]
    public async Task What_a_killed_server_left_behind_does_not_stop_the_next_start()
    {
        await using (var server = await EmbeddedPostgres.StartAsync(Options with { Fsync = true }))
        {
            await RunAsync(server, "CREATE TABLE kept AS SELECT 1 AS answer");
            using var process = Process.GetProcessById(server.ProcessId);
            process.Kill();
            await process.WaitForExitAsync();
        }
        Assert.That(File.Exists(_directory["pg", "cluster", "postmaster.pid"]), Is.True, "the premise: a pid file was left");

        await using var next = await EmbeddedPostgres.StartAsync(Options);
        Assert.That(await RunAsync(next, "SELECT answer FROM kept"), Is.EqualTo(1));
    }

    [Test]
    public async Task A_pid_file_whose_number_another_program_has_now_does_not_stop_the_next_start()
    {
        await using (await EmbeddedPostgres.StartAsync(Options))
        {
        }
        await File.WriteAllTextAsync(_directory["pg", "cluster", "postmaster.pid"], $"{Environment.ProcessId}\n{_directory["pg", "cluster"]}\n");

        await using var next = await EmbeddedPostgres.StartAsync(Options);
        Assert.That(next.ProcessId, Is.Not.EqualTo(Environment.ProcessId));
    }

    [Test]
    public async Task A_live_server_without_owner_is_stopped_and_replaced()
    {
        await using var orphan = await EmbeddedPostgres.StartAsync(Options);
        // Only the lock tells an owned server from an orphan; on Linux a removed lock file can be claimed again.
        File.Delete(_directory["pg", "lock"]);

        await using var next = await EmbeddedPostgres.StartAsync(Options);

        Assert.That(IsRunning(orphan.ProcessId), Is.False);
        Assert.That(await RunAsync(next, "SELECT 1"), Is.EqualTo(1));
    }

    [Test]
    public async Task A_half_made_cluster_is_rebuilt()
    {
        Directory.CreateDirectory(_directory["pg", "cluster.unfinished", "base"]);
        File.WriteAllText(_directory["pg", "cluster.unfinished", "PG_VERSION"], "18\n");

        await using var server = await EmbeddedPostgres.StartAsync(Options);

        Assert.That(await RunAsync(server, "SELECT 1"), Is.EqualTo(1));
        Assert.That(Directory.Exists(_directory["pg", "cluster.unfinished"]), Is.False);
    }

    [Test]
    public void A_cluster_of_another_version_is_named_and_left_alone()
    {
        Directory.CreateDirectory(_directory["pg", "cluster"]);
        File.WriteAllText(_directory["pg", "cluster", "PG_VERSION"], "11\n");

        Assert.That(async () => await EmbeddedPostgres.StartAsync(Options),
            Throws.TypeOf<EmbeddedPostgresException>().With.Message.Contains("written by PostgreSQL 11").And.Message.Contains("Nothing was changed"));
        Assert.That(Directory.GetFiles(_directory["pg", "cluster"]), Has.Length.EqualTo(1));
    }

    [Test]
    public void A_start_that_fails_shows_what_the_server_said()
    {
        var options = Options with { Settings = new Dictionary<string, string> { ["shared_preload_libraries"] = "no_such_library" } };

        Assert.That(async () => await EmbeddedPostgres.StartAsync(options),
            Throws.TypeOf<EmbeddedPostgresException>().With.Message.Contains("no_such_library"));
    }

    [Test]
    public async Task Uri_and_roles_carry_characters_that_need_escaping()
    {
        await using var server = await EmbeddedPostgres.StartAsync(Options);
        await server.EnsureRoleAsync("shop'\"er", "p@ss/'\\:%");
        await server.EnsureDatabaseAsync("my \"shop", owner: "shop'\"er");
        await server.EnsureDatabaseAsync("my \"shop", owner: "shop'\"er");

        await using var connection = await OpenAsync(server.ConnectionString("my \"shop", "shop'\"er", "p@ss/'\\:%"));
        Assert.That(server.Uri("my \"shop", "shop'\"er", "p@ss/'\\:%"),
            Is.EqualTo($"postgres://shop%27%22er:p%40ss%2F%27%5C%3A%25@127.0.0.1:{server.Port}/my%20%22shop"));
    }

    private static bool IsRunning(int pid)
    {
        try
        {
            using var process = Process.GetProcessById(pid);
            return !process.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private static async Task<NpgsqlConnection> OpenAsync(string connectionString)
    {
        var connection = new NpgsqlConnection(connectionString + ";Pooling=false");
        await connection.OpenAsync();
        return connection;
    }

    private static async Task<object?> RunAsync(EmbeddedPostgres server, string sql)
    {
        await using var connection = await OpenAsync(server.ConnectionString());
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }
}

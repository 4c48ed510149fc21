using Npgsql;
using Pipelines.LocalCloud.Postgres;
using Pipelines.TestKit;
using Pipelines.TestKit.Faults;

namespace Pipelines.IntegrationTests.LocalCloud;

/// <summary>A server that ends by itself, where somebody wants to hear of it.</summary>
public sealed class PostgresRestartTests
{
    private TemporaryDirectory _directory = null!;

    private PostgresOptions Options => new() { DataDirectory = _directory["pg"], Fsync = false };

    [SetUp]
    public void MakeDirectory() => _directory = new TemporaryDirectory();

    [TearDown]
    public void DeleteDirectory() => _directory.Dispose();

    [Test]
    public async Task A_server_that_is_killed_starts_again_on_its_port_with_its_data_and_says_so()
    {
        var said = new List<string>();
        var again = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await EmbeddedPostgres.StartAsync(Options with { Fsync = true, OnTrouble = words => Hear(words, said, again) });
        await RunAsync(server, "CREATE TABLE kept AS SELECT 42 AS answer");
        var (port, killed) = (server.Port, server.ProcessId);

        Signal.Send(killed, Signal.Kill);
        await again.Task;

        Assert.That(await RunAsync(server, "SELECT answer FROM kept"), Is.EqualTo(42));
        Assert.That(server.Port, Is.EqualTo(port));
        Assert.That(server.ProcessId, Is.Not.EqualTo(killed));
        Assert.That(said[0], Does.Contain(server.DataDirectory).And.Contain("signal 9").And.Contain("started again in 0.5 s"));
        Assert.That(server.GivenUp.IsCompleted, Is.False);
    }

    [Test]
    public async Task A_server_that_cannot_start_again_is_given_up_with_words()
    {
        var said = new List<string>();
        await using var server = await EmbeddedPostgres.StartAsync(Options with { OnTrouble = said.Add, RestartPause = TimeSpan.FromMilliseconds(1) });
        Directory.Move(_directory["pg", "cluster", "global"], _directory["pg", "cluster", "gone"]);

        Signal.Send(server.ProcessId, Signal.Kill);

        Assert.That(async () => await server.GivenUp, Throws.TypeOf<EmbeddedPostgresException>().With.Message.Contains("given up").And.Message.Contains("server.log"));
        Assert.That(said, Has.Count.EqualTo(5));
    }

    [Test]
    public async Task A_start_that_fails_around_the_server_counts_as_one_that_failed()
    {
        var said = new List<string>();
        await using var server = await EmbeddedPostgres.StartAsync(Options with { OnTrouble = said.Add, RestartPause = TimeSpan.FromMilliseconds(1) });
        // Reading it fails with an error of .NET's own, as a full or broken disk does.
        File.Delete(_directory["pg", "cluster", "postmaster.pid"]);
        Directory.CreateDirectory(_directory["pg", "cluster", "postmaster.pid"]);

        Signal.Send(server.ProcessId, Signal.Kill);

        Assert.That(async () => await server.GivenUp, Throws.TypeOf<EmbeddedPostgresException>().With.Message.Contains("postmaster.pid").And.Message.Contains("given up"));
        Assert.That(said, Has.Count.EqualTo(5));
    }

    [Test]
    public async Task The_log_of_a_server_that_ended_goes_on_when_it_starts_again()
    {
        var again = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await EmbeddedPostgres.StartAsync(Options with { OnTrouble = words => Hear(words, [], again), RestartPause = TimeSpan.FromMilliseconds(1) });
        await RunAsync(server, "DO $$ BEGIN RAISE LOG 'the last words'; END $$");

        Signal.Send(server.ProcessId, Signal.Kill);
        await again.Task;

        Assert.That(await File.ReadAllTextAsync(_directory["pg", "server.log"]), Does.Contain("the last words").And.Contain("was interrupted"));
    }

    private static void Hear(string words, List<string> said, TaskCompletionSource again)
    {
        said.Add(words);
        if (words.EndsWith("runs again.", StringComparison.Ordinal)) again.SetResult();
    }

    private static async Task<object?> RunAsync(EmbeddedPostgres server, string sql)
    {
        await using var connection = new NpgsqlConnection(server.ConnectionString() + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }
}

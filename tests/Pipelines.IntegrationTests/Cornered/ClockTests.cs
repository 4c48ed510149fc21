using Npgsql;
using Pipelines.Engine;
using Pipelines.IntegrationTests.Storage;
using Pipelines.Storage;
using Pipelines.TestKit;

namespace Pipelines.IntegrationTests.Cornered;

/// <summary>A machine's clock is wrong or jumps: the installation's goes on.</summary>
public sealed class ClockTests
{
    private Migrated _migrated = null!;

    [SetUp]
    public async Task CreateAsync() => _migrated = await Migrated.CreateAsync();

    [TearDown]
    public async Task DropAsync() => await _migrated.DisposeAsync();

    [Test]
    public async Task A_host_whose_clock_is_off_goes_by_the_databases([Values(-26, 1, 26)] int hours)
    {
        var machine = new Machine { Off = TimeSpan.FromHours(hours) };
        var clock = new DatabaseClock(machine);
        var before = await ServerAsync();

        var ahead = await clock.SetAsync(_migrated.Database, CancellationToken.None);
        var now = clock.GetUtcNow();

        Assert.That(now, Is.InRange(before, await ServerAsync()));
        Assert.That(ahead, Is.EqualTo(machine.Off).Within(TimeSpan.FromMinutes(1)));
    }

    [Test]
    public async Task A_jump_between_two_looks_is_not_noticed([Values(-1, 1)] int days)
    {
        var machine = new Machine();
        var clock = new DatabaseClock(machine);
        await clock.SetAsync(_migrated.Database, CancellationToken.None);
        var before = clock.GetUtcNow();

        machine.Off = TimeSpan.FromDays(days);

        Assert.That(clock.GetUtcNow(), Is.InRange(before, await ServerAsync()));
        await clock.SetAsync(_migrated.Database, CancellationToken.None);
        Assert.That(clock.GetUtcNow(), Is.InRange(before, await ServerAsync()));
    }

    [Test]
    public async Task A_timer_that_stood_still_as_in_a_suspended_machine_is_set_again()
    {
        var machine = new Machine();
        var clock = new DatabaseClock(machine);
        await clock.SetAsync(_migrated.Database, CancellationToken.None);

        machine.Stood = TimeSpan.FromHours(8);
        var before = await ServerAsync();
        Assert.That(clock.GetUtcNow(), Is.LessThan(before - TimeSpan.FromHours(7)));

        await clock.SetAsync(_migrated.Database, CancellationToken.None);

        Assert.That(clock.GetUtcNow(), Is.InRange(before, await ServerAsync()));
    }

    [Test]
    public async Task A_database_that_refuses_us_does_not_end_the_host_and_is_looked_at_again()
    {
        await using var locked = new Database(new NpgsqlConnectionStringBuilder(_migrated.Server.ConnectionString) { Password = "an older one" }.ConnectionString);
        using var log = new HeardLog();
        using var keeper = new ClockKeeper(locked, new DatabaseClock(new Restless()), log.For<ClockKeeper>());

        await keeper.StartAsync(CancellationToken.None);
        for (var look = 0; look < 2; look++)
        {
            var line = log.NextAsync();
            Assert.That(await Task.WhenAny(line, keeper.ExecuteTask!), Is.SameAs(line), "the keeper ended");
            Assert.That(await line, Does.Contain("28P01").And.Contain("again in"));
        }

        await keeper.StopAsync(CancellationToken.None);
        Assert.That(keeper.ExecuteTask!.IsFaulted, Is.False);
    }

    private async Task<DateTimeOffset> ServerAsync() => new(await _migrated.Server.ScalarAsync<DateTime>("SELECT clock_timestamp()"));

    /// <summary>A machine whose clock is off, and whose monotonic timer missed some time.</summary>
    private sealed class Machine : TimeProvider
    {
        public TimeSpan Off { get; set; }

        public TimeSpan Stood { get; set; }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Off;

        public override long GetTimestamp() => base.GetTimestamp() - (long)(Stood.TotalSeconds * TimestampFrequency);
    }

    /// <summary>Whoever waits by it waits no time.</summary>
    private sealed class Restless : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => base.CreateTimer(callback, state, TimeSpan.Zero, period);
    }
}

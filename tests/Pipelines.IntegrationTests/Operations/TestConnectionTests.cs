using Pipelines.Activities;
using Pipelines.Engine.Operations;
using Pipelines.IntegrationTests.Scheduling;
using Pipelines.Model.Connections;
using Pipelines.Storage.Access;

namespace Pipelines.IntegrationTests.Operations;

public class TestConnectionTests
{
    [Test]
    public async Task Who_sends_a_connections_secrets_where_is_in_the_event_log_and_the_secrets_are_not()
    {
        await using var bench = await EngineBench.CreateAsync();
        var test = new TestConnection(bench.Database, BuiltInConnectionTypes.All, TimeProvider.System);
        var good = ConnectionUri.Parse("own", bench.Server.Uri);

        Assert.That((await test.ExecuteAsync(good, EngineBench.Actor, CancellationToken.None)).Succeeded, Is.True);
        Assert.That((await test.ExecuteAsync(good with { ConnId = "wrong", Port = 1, Password = "s3cret-word" }, EngineBench.Actor, CancellationToken.None)).Succeeded, Is.False);

        var events = await bench.Database.InTransactionAsync(tx => EventLogTable.PageAsync(tx, new EventFilter { Event = "test_connection" }, 10));
        Assert.That(events.Select(entry => (entry.Owner, entry.Extra)), Is.EqualTo(new[] { ("ada", $"wrong: postgres {good.Host}:1"), ("ada", $"own: postgres {good.Host}:{good.Port}") }));
    }
}

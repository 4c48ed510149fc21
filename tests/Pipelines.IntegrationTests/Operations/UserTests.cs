using Pipelines.Engine.Operations;
using Pipelines.IntegrationTests.Scheduling;
using Pipelines.Storage.Access;

namespace Pipelines.IntegrationTests.Operations;

public class UserTests
{
    private EngineBench _bench = null!;

    private static CancellationToken None => CancellationToken.None;

    [SetUp]
    public async Task CreateAsync()
    {
        _bench = await EngineBench.CreateAsync();
        await _bench.Get<CreateUser>().EnsureFirstAsync("first", None);
        await _bench.Get<CreateUser>().ExecuteAsync("grace", "secret", "viewer", false, EngineBench.Actor, None);
    }

    [TearDown]
    public async Task DropAsync() => await _bench.DisposeAsync();

    [Test]
    public async Task A_role_and_the_author_permission_are_given_and_taken_apart_from_each_other()
    {
        await _bench.Get<SetUserRole>().ExecuteAsync("grace", "user", true, EngineBench.Actor, None);
        Assert.That(await FindAsync("grace"), Has.Property("Role").EqualTo("user").And.Property("IsAuthor").True);
        await _bench.Get<SetUserRole>().ExecuteAsync("grace", "op", false, EngineBench.Actor, None);
        Assert.That(await FindAsync("grace"), Has.Property("Role").EqualTo("op").And.Property("IsAuthor").False);
    }

    [Test]
    public async Task An_admin_is_an_author_by_itself()
    {
        await _bench.Get<SetUserRole>().ExecuteAsync("grace", "admin", false, EngineBench.Actor, None);
        Assert.That((await FindAsync("grace"))!.IsAuthor, Is.True);
    }

    [Test]
    public async Task The_last_admin_can_neither_go_nor_be_demoted()
    {
        Assert.That(await KindAsync(() => _bench.Get<DeleteUser>().ExecuteAsync("admin", EngineBench.Actor, None)), Is.EqualTo(RefusalKind.Conflict));
        Assert.That(await KindAsync(() => _bench.Get<SetUserRole>().ExecuteAsync("admin", "user", true, EngineBench.Actor, None)), Is.EqualTo(RefusalKind.Conflict));

        await _bench.Get<SetUserRole>().ExecuteAsync("grace", "admin", true, EngineBench.Actor, None);
        await _bench.Get<DeleteUser>().ExecuteAsync("admin", EngineBench.Actor, None);
        Assert.That(await FindAsync("admin"), Is.Null);
    }

    [Test]
    public async Task Two_admins_who_demote_each_other_at_once_leave_one()
    {
        await _bench.Get<SetUserRole>().ExecuteAsync("grace", "admin", true, EngineBench.Actor, None);
        var demote = _bench.Get<SetUserRole>();
        var both = new[] { "admin", "grace" }.Select(name => Task.Run(async () =>
        {
            try
            {
                await demote.ExecuteAsync(name, "viewer", false, EngineBench.Actor, None);
                return true;
            }
            catch (OperationException)
            {
                return false;
            }
        }));

        Assert.That(await Task.WhenAll(both), Is.EquivalentTo(new[] { true, false }));
    }

    [Test]
    public async Task A_new_password_replaces_the_old_one()
    {
        await _bench.Get<SetUserPassword>().ExecuteAsync("grace", "other", EngineBench.Actor, None);
        var hash = (await FindAsync("grace"))!.PasswordHash;
        Assert.That((PasswordHash.Fits("secret", hash), PasswordHash.Fits("other", hash)), Is.EqualTo((false, true)));
    }

    [TestCase("nobody", "viewer", RefusalKind.NotFound)]
    [TestCase("grace", "king", RefusalKind.Invalid)]
    public async Task An_unknown_user_or_role_is_refused(string username, string role, RefusalKind kind) =>
        Assert.That(await KindAsync(() => _bench.Get<SetUserRole>().ExecuteAsync(username, role, false, EngineBench.Actor, None)), Is.EqualTo(kind));

    [Test]
    public async Task The_event_log_is_paged_and_filtered()
    {
        await _bench.Get<SetUserRole>().ExecuteAsync("grace", "op", false, new Actor("linus", Model.Runs.RunTriggeredBy.Ui), None);

        var all = await _bench.Database.InTransactionAsync(tx => EventLogTable.PageAsync(tx, new EventFilter(), 1));
        var older = await _bench.Database.InTransactionAsync(tx => EventLogTable.PageAsync(tx, new EventFilter(), 10, all[0].Id));
        var mine = await _bench.Database.InTransactionAsync(tx => EventLogTable.PageAsync(tx, new EventFilter { Owner = "linus" }, 10));

        Assert.That(all.Single().Name, Is.EqualTo("set_user_role"));
        Assert.That(older.Select(entry => entry.Name), Is.EqualTo(new[] { "create_user" }));
        Assert.That(mine.Select(entry => entry.Extra), Is.EqualTo(new[] { "grace (op)" }));
    }

    private Task<User?> FindAsync(string name) => _bench.Database.InTransactionAsync(tx => UserTable.FindAsync(tx, name));

    private static async Task<RefusalKind> KindAsync(Func<Task> operation) => (await Assert.ThrowsAsync<OperationException>(() => operation()))!.Kind;
}

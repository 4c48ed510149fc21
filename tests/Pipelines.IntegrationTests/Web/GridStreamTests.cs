using System.IO.Pipelines;
using System.Security.Claims;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Pipelines.Api.Access;
using Pipelines.Api.Live;
using Pipelines.IntegrationTests.Storage;
using Pipelines.Storage.Access;
using Pipelines.Storage.Runs;
using Pipelines.Web.Grid;

namespace Pipelines.IntegrationTests.Web;

/// <summary>A browser's event stream, over a database with one user and a clock that the test moves.</summary>
public sealed class GridStreamTests
{
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch);
    private ApplicationLifetime _host = null!;
    private Pipe _wire = null!;
    private Migrated _migrated = null!;
    private GridHub _hub = null!;
    private CancellationTokenSource _browser = null!;
    private Task _stream = null!;

    [SetUp]
    public async Task OpenAsync()
    {
        (_host, _wire) = (new ApplicationLifetime(NullLogger<ApplicationLifetime>.Instance), new Pipe());
        _migrated = await Migrated.CreateAsync();
        var user = new User("ada", "hash", "viewer", IsAuthor: false, Guid.NewGuid());
        await _migrated.Database.InTransactionAsync(tx => UserTable.AddAsync(tx, user, _time.GetUtcNow()));
        var reads = new GridReads((_, _, _) => Task.FromResult<IReadOnlyList<GridRun>>([]), (_, _) => Task.FromResult<GridHead?>(null));
        _hub = new GridHub(reads, _time, NullLogger<GridHub>.Instance);
        await _hub.StartAsync(CancellationToken.None);
        _browser = new CancellationTokenSource();
        var http = new DefaultHttpContext { RequestAborted = _browser.Token, User = new ClaimsPrincipal(new ClaimsIdentity(Credentials.Claims(user), "test")) };
        http.Response.Body = _wire.Writer.AsStream();
        _stream = new GridStream(_hub, _migrated.Database, _time, _host).WriteAsync(http, "d");
        Assert.That(await ReadAsync(), Is.EqualTo(GridEvents.Welcome));
    }

    [TearDown]
    public async Task CloseAsync()
    {
        await _browser.CancelAsync();
        await _stream;
        await _hub.StopAsync(CancellationToken.None);
        _hub.Dispose();
        _browser.Dispose();
        await _migrated.DisposeAsync();
    }

    [Test]
    public async Task What_is_told_is_written_at_once()
    {
        _hub.Notice(new LiveChange { Everything = true });

        Assert.That(await ReadAsync(), Is.EqualTo(GridEvents.Reload));
    }

    [Test]
    public async Task It_goes_on_while_the_session_is_good_and_ends_when_the_user_is_gone()
    {
        _time.Advance(TimeSpan.FromSeconds(31));
        _hub.Notice(new LiveChange { Everything = true });
        Assert.That(Text(await ReadAsync()), Does.Contain("event: reload").Or.Contain(": alive"));

        await _migrated.Database.InTransactionAsync(tx => UserTable.DeleteAsync(tx, "ada"));
        _time.Advance(TimeSpan.FromSeconds(31));
        _hub.Notice(new LiveChange { Everything = true });

        var last = "";
        while (!last.Contains("event: session", StringComparison.Ordinal)) last = Text(await ReadAsync());
        await _stream;
    }

    [Test]
    public async Task It_ends_when_the_host_stops_so_that_nothing_waits_for_it()
    {
        _host.StopApplication();

        await _stream;
    }

    private async Task<byte[]> ReadAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        var read = await _wire.Reader.ReadAsync(patience.Token);
        byte[] bytes = [.. System.Buffers.BuffersExtensions.ToArray(read.Buffer)];
        _wire.Reader.AdvanceTo(read.Buffer.End);
        return bytes;
    }

    private static string Text(byte[] bytes) => System.Text.Encoding.UTF8.GetString(bytes);
}

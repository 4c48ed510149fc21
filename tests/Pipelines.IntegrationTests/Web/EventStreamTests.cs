using System.IO.Pipelines;
using System.Security.Claims;
using System.Threading.Channels;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Pipelines.Api.Access;
using Pipelines.IntegrationTests.Storage;
using Pipelines.Storage.Access;
using Pipelines.Web.Live;

namespace Pipelines.IntegrationTests.Web;

/// <summary>A browser's event stream, over a database with one user and a clock that the test moves.</summary>
public sealed class EventStreamTests
{
    private static readonly byte[] Message = "event: runs\ndata: {}\n\n"u8.ToArray();

    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch);
    private Channel<byte[]> _messages = null!;
    private ApplicationLifetime _host = null!;
    private Pipe _wire = null!;
    private Migrated _migrated = null!;
    private CancellationTokenSource _browser = null!;
    private Task _stream = null!;

    [SetUp]
    public async Task OpenAsync()
    {
        (_host, _wire, _messages) = (new ApplicationLifetime(NullLogger<ApplicationLifetime>.Instance), new Pipe(), Channel.CreateUnbounded<byte[]>());
        _migrated = await Migrated.CreateAsync();
        var user = new User("ada", "hash", "viewer", IsAuthor: false, Guid.NewGuid());
        await _migrated.Database.InTransactionAsync(tx => UserTable.AddAsync(tx, user, _time.GetUtcNow()));
        _browser = new CancellationTokenSource();
        var http = new DefaultHttpContext { RequestAborted = _browser.Token, User = new ClaimsPrincipal(new ClaimsIdentity(Credentials.Claims(user), "test")) };
        http.Response.Body = _wire.Writer.AsStream();
        _stream = new EventStream(_migrated.Database, _time, _host).WriteAsync(http, _messages.Reader);
        Assert.That(await ReadAsync(), Is.EqualTo(EventStream.Welcome));
    }

    [TearDown]
    public async Task CloseAsync()
    {
        await _browser.CancelAsync();
        await _stream;
        _browser.Dispose();
        await _migrated.DisposeAsync();
    }

    [Test]
    public async Task What_is_told_is_written_at_once()
    {
        Tell(Message);

        Assert.That(await ReadAsync(), Is.EqualTo(Message));
    }

    [Test]
    public async Task It_goes_on_while_the_session_is_good_and_ends_when_the_user_is_gone()
    {
        _time.Advance(TimeSpan.FromSeconds(31));
        Tell(Message);
        Assert.That(await ReadAsync(), Is.EqualTo(Message));

        await _migrated.Database.InTransactionAsync(tx => UserTable.DeleteAsync(tx, "ada"));
        _time.Advance(TimeSpan.FromSeconds(31));
        Tell(EventStream.Heartbeat);

        Assert.That(await ReadAsync(), Is.EqualTo(EventStream.SessionOver));
        await _stream;
    }

    [Test]
    public async Task It_ends_when_the_host_stops_so_that_nothing_waits_for_it()
    {
        _host.StopApplication();

        await _stream;
    }

    private void Tell(byte[] message) => _messages.Writer.TryWrite(message);

    private async Task<byte[]> ReadAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        var read = await _wire.Reader.ReadAsync(patience.Token);
        byte[] bytes = [.. System.Buffers.BuffersExtensions.ToArray(read.Buffer)];
        _wire.Reader.AdvanceTo(read.Buffer.End);
        return bytes;
    }
}

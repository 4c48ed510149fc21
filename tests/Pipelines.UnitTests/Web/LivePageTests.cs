using Bunit;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using MudBlazor.Services;
using Pipelines.Api.Live;
using Pipelines.Storage;
using Pipelines.Web.Live;

namespace Pipelines.UnitTests.Web;

/// <summary>A page misses no change, from its first read on.</summary>
public sealed class LivePageTests
{
    private readonly FakeTimeProvider _time = new();
    private BunitContext _context = null!;
    private Database _database = null!;
    private LiveFeed _feed = null!;

    [SetUp]
    public void Create()
    {
        _context = new BunitContext();
        _context.AddAuthorization().SetAuthorized("ada");
        _database = new Database("Host=127.0.0.1");
        _feed = new LiveFeed(_database, _time, NullLogger<LiveFeed>.Instance);
        _context.Services.AddSingleton<TimeProvider>(_time).AddSingleton(_database).AddSingleton(_feed).AddSingleton<SharedReads>();
        _context.Services.AddMudServices();
    }

    [TearDown]
    public async Task DropAsync()
    {
        await _context.DisposeAsync();
        _feed.Dispose();
        await _database.DisposeAsync();
    }

    [Test]
    public async Task What_changes_while_it_reads_for_the_first_time_is_read_too()
    {
        var page = Open(isInteractive: true, reads: loads =>
        {
            if (loads == 1) _feed.Publish(new LiveChange { Everything = true });
        });

        await AfterAsync(() => page.Instance.Loads == 2);
    }

    [Test]
    public async Task An_answer_that_takes_long_never_takes_the_place_of_a_newer_one()
    {
        var slow = new TaskCompletionSource();
        var page = Open(isInteractive: true, reads: _ => { }, answers: slow.Task);
        _feed.Publish(new LiveChange { Everything = true });
        for (var turn = 0; turn < 100; turn++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
            _feed.Publish(new LiveChange { Everything = true });
        }
        Assert.That(page.Instance.Loads, Is.EqualTo(1), "the next waits for its turn");

        await page.InvokeAsync(slow.SetResult);

        await AfterAsync(() => page.Instance.Loads == 2);
        for (var turn = 0; turn < 100; turn++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }
        Assert.That((page.Instance.Loads, page.Instance.Growths), Is.EqualTo((2, 0)), "what came meanwhile was read with it");
    }

    [Test]
    public async Task What_is_made_for_the_first_picture_listens_to_nothing()
    {
        var page = Open(isInteractive: false, reads: _ => _feed.Publish(new LiveChange { Everything = true }));
        var live = Open(isInteractive: true, reads: _ => { });

        _feed.Publish(new LiveChange { Everything = true });
        await AfterAsync(() => live.Instance.Loads == 2);

        Assert.That(page.Instance.Loads, Is.EqualTo(1));
    }

    [Test]
    public async Task What_an_attempt_adds_reads_no_more_than_that_unless_something_else_changed_with_it()
    {
        var page = Open(isInteractive: true, reads: _ => { });

        _feed.Publish(new LiveChange { AttemptId = 1 });
        await AfterAsync(() => page.Instance.Growths == 1);
        Assert.That(page.Instance.Loads, Is.EqualTo(1));

        _feed.Publish(new LiveChange { AttemptId = 1 });
        _feed.Publish(new LiveChange { DagRunId = 1 });
        await AfterAsync(() => page.Instance.Loads == 2);
        Assert.That(page.Instance.Growths, Is.EqualTo(1));
    }

    private IRenderedComponent<Page> Open(bool isInteractive, Action<int> reads, Task? answers = null)
    {
        _context.Renderer.SetRendererInfo(new RendererInfo(isInteractive ? "Server" : "Static", isInteractive));
        return _context.Render<Page>(parameters => parameters.Add(page => page.Reading, reads).Add(page => page.Answers, answers ?? Task.CompletedTask));
    }

    // The page may not have begun to gather yet when the clock is moved, so the clock moves until it has read.
    private async Task AfterAsync(Func<bool> isDone)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        while (!isDone())
        {
            patience.Token.ThrowIfCancellationRequested();
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }
    }

    private sealed class Page : LivePage
    {
        [Parameter, EditorRequired]
        public required Action<int> Reading { get; set; }

        [Parameter]
        public Task Answers { get; set; } = Task.CompletedTask;

        public int Loads { get; private set; }

        public int Growths { get; private set; }

        protected override bool Concerns(LiveChange change) => true;

        protected override Task LoadAsync()
        {
            Reading(++Loads);
            return Answers;
        }

        protected override Task GrowAsync()
        {
            Growths++;
            return Task.CompletedTask;
        }
    }
}

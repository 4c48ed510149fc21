using System.Security.Claims;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Authorization;
using MudBlazor;
using Pipelines.Api.Access;
using Pipelines.Api.Live;
using Pipelines.Engine.Operations;
using Pipelines.Storage;

namespace Pipelines.Web.Live;

/// <summary>
/// A page that shows what the database says and shows it again when that changes. Changes are gathered: a burst of a hundred loads the
/// page once or twice, however busy the engine is.
/// </summary>
public abstract class LivePage : ComponentBase, IDisposable
{
    private static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(500);

    private readonly CancellationTokenSource _closed = new();
    private IDisposable? _subscription;
    private Task _turn = Task.CompletedTask;
    private int _due;
    private int _isMoreThanGrowth;

    /// <summary>Where the data is.</summary>
    [Inject]
    protected Database Database { get; set; } = null!;

    /// <summary>For reads that do not depend on who looks.</summary>
    [Inject]
    protected SharedReads Reads { get; set; } = null!;

    /// <summary>The clock.</summary>
    [Inject]
    protected TimeProvider Time { get; set; } = null!;

    /// <summary>Messages at the page's edge.</summary>
    [Inject]
    protected ISnackbar Snackbar { get; set; } = null!;

    /// <summary>Links.</summary>
    [Inject]
    protected NavigationManager Navigation { get; set; } = null!;

    /// <summary>Who looks.</summary>
    protected ClaimsPrincipal Person { get; private set; } = new();

    /// <summary>Who asks, for the event log.</summary>
    protected Actor Actor => Person.Actor();

    /// <summary>Cancelled when the page is left.</summary>
    protected CancellationToken Closed => _closed.Token;

    [Inject]
    private LiveFeed Feed { get; set; } = null!;

    [Inject]
    private AuthenticationStateProvider Session { get; set; } = null!;

    /// <summary>Reads what the page shows.</summary>
    protected abstract Task LoadAsync();

    /// <summary>Reads what attempts that the page shows have added to their logs and numbers, which may be often.</summary>
    protected virtual Task GrowAsync() => LoadAsync();

    /// <summary>Whether a change may alter what the page shows. Called on another thread; must be quick.</summary>
    protected virtual bool Concerns(LiveChange change) => change.AttemptId is null;

    // Before the first read, so that no change falls between. What is made for the first picture is thrown away when that is sent.
    /// <inheritdoc/>
    protected override void OnInitialized()
    {
        if (RendererInfo.IsInteractive) _subscription = Feed.Subscribe(Notice);
    }

    /// <inheritdoc/>
    protected override async Task OnParametersSetAsync()
    {
        Person = (await Session.GetAuthenticationStateAsync()).User;
        await InTurnAsync(LoadAsync);
    }

    /// <summary>Does what a person asked for, if the person still may; says what went wrong.</summary>
    /// <returns>True when it was done.</returns>
    protected async Task<bool> TryAsync(string permission, Func<Task> operation, string? done = null)
    {
        var person = (await Session.GetAuthenticationStateAsync()).User;
        // The page asks every half minute; an operation must not be done in the name of a user who was deleted meanwhile.
        if (!await Credentials.IsCurrentAsync(Database, person, Closed))
        {
            Snackbar.Add("Your session has ended: your user was changed or deleted. Nothing was done. Sign in again.", Severity.Error);
            return false;
        }
        if (!person.May(permission))
        {
            Snackbar.Add("Your role does not allow this any more. Ask an admin for the permission.", Severity.Error);
            return false;
        }
        try
        {
            await operation();
        }
        catch (Exception error) when (Refused.Words(error) is { } words)
        {
            Snackbar.Add(words, Severity.Error);
            // It was refused because something is no longer as this page shows it.
            await InTurnAsync(LoadAsync);
            return false;
        }
        // Its own notice may still be on the way.
        Reads.Expire();
        if (done is not null) Snackbar.Add(done, Severity.Success);
        await InTurnAsync(LoadAsync);
        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Stops listening.</summary>
    protected virtual void Dispose(bool disposing)
    {
        _subscription?.Dispose();
        _closed.Cancel();
        _closed.Dispose();
    }

    // One after the other, so that an older answer never takes the place of a newer one.
    private async Task InTurnAsync(Func<Task> read)
    {
        var (before, turn) = (_turn, new TaskCompletionSource());
        _turn = turn.Task;
        await before;
        try
        {
            await read();
        }
        finally
        {
            turn.SetResult();
        }
    }

    private void Notice(LiveChange change)
    {
        if (!change.Everything && !Concerns(change)) return;
        if (change.AttemptId is null) Interlocked.Exchange(ref _isMoreThanGrowth, 1);
        if (Interlocked.Exchange(ref _due, 1) == 0) _ = InvokeAsync(ShowAgainAsync);
    }

    private async Task ShowAgainAsync()
    {
        try
        {
            await Task.Delay(Gathering, Time, Closed);
            await InTurnAsync(() =>
            {
                // What changes while it waits for its turn is read with it.
                Interlocked.Exchange(ref _due, 0);
                return Interlocked.Exchange(ref _isMoreThanGrowth, 0) == 1 ? LoadAsync() : GrowAsync();
            });
            StateHasChanged();
        }
        catch (Exception error) when (_closed.IsCancellationRequested || error is ObjectDisposedException)
        {
            // The page was left meanwhile.
        }
        catch (Exception error)
        {
            await DispatchExceptionAsync(error);
        }
    }
}

using Microsoft.AspNetCore.SignalR;

namespace Pipelines.Api.Studio.Live;

/// <summary>Studio's live connection: a page says which run it shows, and is told when that changes.</summary>
internal sealed class InstanceHub(InstancePush push) : Hub
{
    /// <summary>Called by Studio, by this name.</summary>
    public async Task ObserveInstanceAsync(string instanceId)
    {
        if (!push.Watch(Context.ConnectionId, instanceId)) return;
        await Groups.AddToGroupAsync(Context.ConnectionId, instanceId, Context.ConnectionAborted);
    }

    /// <inheritdoc/>
    public override Task OnDisconnectedAsync(Exception? exception)
    {
        push.Forget(Context.ConnectionId);
        return base.OnDisconnectedAsync(exception);
    }
}

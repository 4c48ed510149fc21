using System.Net;
using Pipelines.TestKit.Faults;

namespace Pipelines.AcceptanceTests.Crashes;

/// <summary>A trap of either protocol.</summary>
internal interface IHold : IDisposable
{
    /// <summary>Ends with the client's address when something stands still in it.</summary>
    Task<IPEndPoint> CaughtAsync();

    /// <summary>Lets it go on.</summary>
    void Release();

    /// <summary>Closes the connection.</summary>
    void Cut();
}

/// <inheritdoc/>
internal sealed class Hold<T>(Trap<T> trap) : IHold
{
    public async Task<IPEndPoint> CaughtAsync() => (await trap.Sprung).Client;

    public void Release() => trap.Release();

    public void Cut() => trap.Cut();

    public void Dispose() => trap.Dispose();
}

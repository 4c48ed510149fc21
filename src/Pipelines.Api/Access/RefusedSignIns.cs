using System.Net;
using Microsoft.Extensions.Logging;

namespace Pipelines.Api.Access;

/// <summary>Logs refused sign-ins: a few lines a minute of one address and of all together, the rest as a number, so that whoever guesses fills no disk.</summary>
internal sealed class RefusedSignIns(ILogger log, TimeProvider time) : IDisposable
{
    // All that are looked at, and some of those that are not.
    private const int MostOfAddress = PasswordCheck.MostWrong + 5;
    private const int MostOfAll = 100;
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<IPAddress, int> _lines = [];
    private DateTimeOffset _began;
    private int _written;
    private int _counted;

    /// <summary>Logs one, or counts it.</summary>
    /// <param name="user">The name given, fit for a log.</param>
    /// <param name="address">Where it came from.</param>
    /// <param name="network">What counts as one address.</param>
    /// <param name="path">What was asked.</param>
    /// <param name="refusal">What the person was told.</param>
    public void Add(string user, IPAddress? address, IPAddress network, string path, string? refusal)
    {
        lock (_gate)
        {
            if (time.GetUtcNow() - _began >= Window) Turn();
            var ofAddress = _lines.GetValueOrDefault(network);
            if (ofAddress < MostOfAddress && _written < MostOfAll)
            {
                (_lines[network], _written) = (ofAddress + 1, _written + 1);
                log.LogWarning("{User} was refused from {Address} by {Path}: {Refusal}", user, address, path, refusal);
            }
            else if (++_counted == 1)
                log.LogWarning("Many sign-ins are refused, the latest from {Address}: those beyond {OfAddress} of one address and {OfAll} of all in a minute are only counted", address, MostOfAddress, MostOfAll);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate) Turn();
    }

    private void Turn()
    {
        if (_counted > 0) log.LogWarning("{Count} more sign-ins were refused in the minute from {Began:yyyy-MM-dd HH:mm:ss} UTC on, which have no lines of their own", _counted, _began.UtcDateTime);
        _lines.Clear();
        (_began, _written, _counted) = (time.GetUtcNow(), 0, 0);
    }
}

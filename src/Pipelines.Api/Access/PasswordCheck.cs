using System.Globalization;
using System.Net;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Http;
using Pipelines.Storage;
using Pipelines.Storage.Access;

namespace Pipelines.Api.Access;

/// <summary>What came of a name and a password.</summary>
/// <param name="User">Who it is; null: refused.</param>
/// <param name="Refusal">What to tell the person; null: not refused.</param>
public sealed record PasswordAnswer(User? User, string? Refusal = null)
{
    /// <summary>Not checked at all: the HTTP status is 429.</summary>
    public bool IsTooMany { get; init; }
}

/// <summary>
/// Checks the passwords of whoever comes without a login. A check takes much of a processor, so only few run at a time and few wait;
/// and an address that was wrong too often must wait, so that guessing leads nowhere. Right passwords do not count: a whole office may
/// stand behind one address.
/// </summary>
public sealed class PasswordCheck(Database database) : IDisposable
{
    private const int MostWrong = 20;
    private const int MostAtOnce = 2;
    private const int MostWaiting = 40;
    private const int BusySeconds = 5;
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly ConcurrencyLimiter _turns = new(new ConcurrencyLimiterOptions { PermitLimit = MostAtOnce, QueueLimit = MostWaiting });
    private readonly PartitionedRateLimiter<IPAddress> _wrong = PartitionedRateLimiter.Create<IPAddress, IPAddress>(address => RateLimitPartition.GetFixedWindowLimiter(
        address, _ => new FixedWindowRateLimiterOptions { PermitLimit = MostWrong, Window = Window }));

    /// <summary>Answers for a request; one that is refused for their number gets its status and <c>Retry-After</c> set.</summary>
    public async Task<PasswordAnswer> AskAsync(HttpContext http, string username, string password)
    {
        var address = Network(http.Connection.RemoteIpAddress ?? IPAddress.None);
        if (TooManyWrong(http, address) is { } refused) return refused;
        using var turn = await _turns.AcquireAsync(cancellationToken: http.RequestAborted);
        if (!turn.IsAcquired)
            return TooMany(http, BusySeconds, "Too many people or programs sign in at this moment, so this try was not looked at.");
        // Others of this address may have been wrong while this one waited.
        if (TooManyWrong(http, address) is { } late) return late;
        if (await Credentials.VerifyAsync(database, username, password, http.RequestAborted) is { } user) return new PasswordAnswer(user);
        _wrong.AttemptAcquire(address).Dispose();
        return new PasswordAnswer(null, "User name or password is wrong. Try again, or ask an admin for a new password; the first admin's was printed when Pipelines first started.");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _turns.Dispose();
        _wrong.Dispose();
    }

    private PasswordAnswer? TooManyWrong(HttpContext http, IPAddress address)
    {
        // None taken: it only looks.
        using var left = _wrong.AttemptAcquire(address, permitCount: 0);
        if (left.IsAcquired) return null;
        var wait = left.TryGetMetadata(MetadataName.RetryAfter, out var after) ? after : Window;
        return TooMany(http, (int)Math.Ceiling(wait.TotalSeconds), "Too many wrong passwords came from your address, so this try was not looked at.");
    }

    private static PasswordAnswer TooMany(HttpContext http, int seconds, string why)
    {
        http.Response.StatusCode = StatusCodes.Status429TooManyRequests;
        http.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        return new PasswordAnswer(null, $"{why} Wait {seconds} s, then try again.") { IsTooMany = true };
    }

    // One customer has a whole /64 of IPv6.
    private static IPAddress Network(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) return address.MapToIPv4();
        if (address.AddressFamily != System.Net.Sockets.AddressFamily.InterNetworkV6) return address;
        var bytes = address.GetAddressBytes();
        bytes.AsSpan(8).Clear();
        return new IPAddress(bytes);
    }
}

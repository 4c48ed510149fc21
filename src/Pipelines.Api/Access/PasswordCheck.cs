using System.Globalization;
using System.Net;
using System.Text;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Pipelines.Storage;
using Pipelines.Storage.Access;

namespace Pipelines.Api.Access;

/// <summary>What came of a name and a password.</summary>
/// <param name="User">Who it is; null: refused.</param>
/// <param name="Refusal">What to tell the person; null: not refused.</param>
public sealed record PasswordAnswer(User? User, string? Refusal = null)
{
    /// <summary>The HTTP status of a refusal: 401, or 429 or 503 when the password was not looked at.</summary>
    public int Status { get; init; } = StatusCodes.Status401Unauthorized;
}

/// <summary>
/// Checks the passwords of whoever comes without a login. A check takes much of a processor, so only few run at a time and few wait;
/// and an address that was wrong too often must wait, so that guessing leads nowhere. Right passwords do not count: a whole office may
/// stand behind one address.
/// </summary>
public sealed class PasswordCheck(Database database, ILogger<PasswordCheck> log, TimeProvider time) : IDisposable
{
    /// <summary>Of one address in a minute.</summary>
    internal const int MostWrong = 20;

    private const int MostAtOnce = 2;
    private const int MostWaiting = 40;
    private const int BusySeconds = 5;
    private const int LongestName = 64;
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly RefusedSignIns _refused = new(log, time);
    private readonly ConcurrencyLimiter _turns = new(new ConcurrencyLimiterOptions { PermitLimit = MostAtOnce, QueueLimit = MostWaiting });
    private readonly PartitionedRateLimiter<IPAddress> _wrong = PartitionedRateLimiter.Create<IPAddress, IPAddress>(address => RateLimitPartition.GetFixedWindowLimiter(
        address, _ => new FixedWindowRateLimiterOptions { PermitLimit = MostWrong, Window = Window }));

    /// <summary>Answers for a request, and has the log say so; where the password is not looked at, status and <c>Retry-After</c> are set.</summary>
    public async Task<PasswordAnswer> AskAsync(HttpContext http, string username, string password)
    {
        var answer = await CheckAsync(http, username, password);
        if (answer.User is not null) log.LogInformation("{User} signed in from {Address} by {Path}", Quoted(username), http.Connection.RemoteIpAddress, http.Request.Path);
        else _refused.Add(Quoted(username), http.Connection.RemoteIpAddress, Network(http.Connection.RemoteIpAddress ?? IPAddress.None), http.Request.Path, answer.Refusal);
        return answer;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _turns.Dispose();
        _wrong.Dispose();
        _refused.Dispose();
    }

    private async Task<PasswordAnswer> CheckAsync(HttpContext http, string username, string password)
    {
        var address = Network(http.Connection.RemoteIpAddress ?? IPAddress.None);
        if (TooManyWrong(http, address) is { } refused) return refused;
        using var turn = await _turns.AcquireAsync(cancellationToken: http.RequestAborted);
        if (!turn.IsAcquired)
            return NotLookedAt(http, StatusCodes.Status429TooManyRequests, BusySeconds, "Too many people or programs sign in at this moment, so this try was not looked at.");
        // Others of this address may have been wrong while this one waited.
        if (TooManyWrong(http, address) is { } late) return late;
        try
        {
            // A NUL is in no name, and PostgreSQL takes none.
            if (!username.Contains('\0', StringComparison.Ordinal) && await Credentials.VerifyAsync(database, username, password, http.RequestAborted) is { } user) return new PasswordAnswer(user);
        }
        catch (Exception error) when (DatabaseTrouble.MayPass(error))
        {
            return NotLookedAt(http, StatusCodes.Status503ServiceUnavailable, DatabaseAway.RetrySeconds, DatabaseAway.Words);
        }
        _wrong.AttemptAcquire(address).Dispose();
        return new PasswordAnswer(null, "User name or password is wrong. Try again, or ask an admin for a new password; the first admin's was printed when Pipelines first started.");
    }

    private PasswordAnswer? TooManyWrong(HttpContext http, IPAddress address)
    {
        // None taken: it only looks.
        using var left = _wrong.AttemptAcquire(address, permitCount: 0);
        if (left.IsAcquired) return null;
        var wait = left.TryGetMetadata(MetadataName.RetryAfter, out var after) ? after : Window;
        return NotLookedAt(http, StatusCodes.Status429TooManyRequests, (int)Math.Ceiling(wait.TotalSeconds), "Too many wrong passwords came from your address, so this try was not looked at.");
    }

    private static PasswordAnswer NotLookedAt(HttpContext http, int status, int seconds, string why)
    {
        http.Response.StatusCode = status;
        http.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        return new PasswordAnswer(null, $"{why} Wait {seconds} s, then try again.") { Status = status };
    }

    // Whoever signs in chooses it: it must not write lines of its own, nor long ones.
    private static string Quoted(string username)
    {
        var text = new StringBuilder("'");
        foreach (var letter in username.Length > LongestName ? username[..LongestName] : username)
        {
            if (char.IsControl(letter) || char.GetUnicodeCategory(letter) is UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Format or UnicodeCategory.Surrogate)
                text.Append(CultureInfo.InvariantCulture, $"\\u{(int)letter:x4}");
            else text.Append(letter);
        }
        return text.Append(username.Length > LongestName ? "…'" : "'").ToString();
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

using System.Globalization;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;
using Pipelines.Model.Activities;
using Pipelines.Model.Connections;

namespace Pipelines.Activities.Mail;

/// <summary>
/// A mail server as an smtp connection describes it, with the extras of Airflow's SmtpHook: from_email, timeout (seconds), retry_limit, disable_ssl,
/// disable_tls, ssl_context. Nothing falls back to clear text by itself: that is disable_ssl and disable_tls together.
/// </summary>
internal sealed class MailServer
{
    private const int PortOfImplicitTls = 465;
    private const int PortOfStartTls = 587;
    private const int PortOfClearText = 25;
    private const int MostTries = 20;

    private readonly Connection _connection;

    private MailServer(Connection connection) => _connection = connection;

    /// <summary>The server of a connection.</summary>
    /// <exception cref="TaskFailure">It is of another type, or names no server (not retryable).</exception>
    public static MailServer Of(Connection connection) => connection.ConnType != "smtp" ? throw new TaskFailure($"Connection '{connection.ConnId}' is of type {connection.ConnType}. Name one of type smtp in input 'smtpConnId'.", retryable: false)
        : string.IsNullOrEmpty(connection.Host) ? throw new TaskFailure($"Connection '{connection.ConnId}' has no host. Set it to the mail server's name.", retryable: false)
        : new MailServer(connection);

    /// <summary>For messages.</summary>
    public string Place => string.Create(CultureInfo.InvariantCulture, $"mail server {_connection.Host}:{Port} (connection '{_connection.ConnId}')");

    /// <summary>Who mails are from unless the task says; null: nobody.</summary>
    public string? From => _connection.ExtraText("from_email");

    private int Port => _connection.Port ?? Security switch
    {
        SecureSocketOptions.SslOnConnect => PortOfImplicitTls,
        SecureSocketOptions.StartTls => PortOfStartTls,
        _ => PortOfClearText,
    };

    // Airflow's default is both, one after the other, which no server offers; which of them is meant the port says.
    private SecureSocketOptions Security => (Switch("disable_ssl"), Switch("disable_tls")) switch
    {
        (true, true) => SecureSocketOptions.None,
        (true, _) => SecureSocketOptions.StartTls,
        (false, _) => SecureSocketOptions.SslOnConnect,
        (null, true) => SecureSocketOptions.SslOnConnect,
        _ => _connection.Port is null or PortOfImplicitTls ? SecureSocketOptions.SslOnConnect : SecureSocketOptions.StartTls,
    };

    /// <summary>Hands a message over; connects again where the server hangs up, as often as retry_limit says.</summary>
    /// <returns>What the server answered.</returns>
    /// <exception cref="TaskFailure">It could not be reached, or refuses.</exception>
    public async Task<string> SendAsync(MimeMessage message, IReadOnlyList<MailboxAddress> recipients, TimeProvider time, CancellationToken cancellation)
    {
        var tries = Tries;
        for (var number = 1; ; number++)
        {
            try
            {
                return await WithinAsync(time, async (client, stop) => await client.SendAsync(message, message.From.Mailboxes.First(), recipients, stop), cancellation);
            }
            catch (TaskFailure failure) when (number < tries && MailErrors.IsHangUp(failure))
            {
                // Once more at once; the task's retries are for servers that are away for longer.
            }
        }
    }

    /// <summary>Signs in and says nothing more.</summary>
    /// <exception cref="TaskFailure">As there.</exception>
    public Task<string> GreetAsync(TimeProvider time, CancellationToken cancellation) => WithinAsync(time, async (client, stop) =>
    {
        await client.NoOpAsync(stop);
        return client.IsSecure ? "with TLS" : "in clear text";
    }, cancellation);

    private int Tries => int.TryParse(_connection.ExtraText("retry_limit") ?? "5", NumberStyles.None, CultureInfo.InvariantCulture, out var tries) && tries is >= 1 and <= MostTries ? tries
        : throw Wrong("retry_limit", $"a number from 1 to {MostTries}");

    private TimeSpan Timeout => double.TryParse(_connection.ExtraText("timeout") ?? "30", NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) && seconds is > 0 and < 3600 ? TimeSpan.FromSeconds(seconds)
        : throw Wrong("timeout", "seconds such as 30");

    private async Task<string> WithinAsync(TimeProvider time, Func<SmtpClient, CancellationToken, Task<string>> talk, CancellationToken cancellation)
    {
        using var timeout = new CancellationTokenSource(Timeout, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation, timeout.Token);
        using var client = new SmtpClient();
#pragma warning disable CA5359 // The connection's owner asks for it by name, as in Airflow.
        if (IsTrusting) client.ServerCertificateValidationCallback = (_, _, _, _) => true;
#pragma warning restore CA5359
        try
        {
            await client.ConnectAsync(_connection.Host!, Port, Security, stop.Token);
            if (!string.IsNullOrEmpty(_connection.Login)) await client.AuthenticateAsync(_connection.Login, _connection.Password ?? "", stop.Token);
            var answer = await talk(client, stop.Token);
            await client.DisconnectAsync(quit: true, CancellationToken.None);
            return answer;
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            throw new TaskFailure($"The {Place} did not answer within {Timeout.TotalSeconds:0.###} s. Raise timeout (seconds) in the connection's extra, or check host, port and firewall; the next attempt may succeed.");
        }
        catch (Exception error) when (error is not (OperationCanceledException or TaskFailure))
        {
            throw MailErrors.Sort(Place, error);
        }
    }

    private bool IsTrusting => _connection.ExtraText("ssl_context") switch
    {
        null or "default" => false,
        "none" => true,
        _ => throw Wrong("ssl_context", "default, or none to trust any certificate"),
    };

    private bool? Switch(string name) => _connection.ExtraText(name) is not { Length: > 0 } text ? null
        : bool.TryParse(text, out var value) ? value : throw Wrong(name, "true or false");

    private TaskFailure Wrong(string name, string right) => new($"'{name}' in the extra of connection '{_connection.ConnId}' must be {right}.", retryable: false);
}

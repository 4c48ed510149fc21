using System.Globalization;
using System.Net.Sockets;
using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;
using Pipelines.Model.Activities;

namespace Pipelines.Activities.Mail;

/// <summary>Sorts what a mail server or the network says into one message with a next step, and into "retry" or not.</summary>
internal static class MailErrors
{
    private const int FirstLastingRefusal = 500;
    private const int LongestQuote = 500;

    /// <summary>The server hung up in the middle.</summary>
    public static bool IsHangUp(TaskFailure failure) => failure.InnerException is SmtpProtocolException or ServiceNotConnectedException || failure.InnerException is IOException { InnerException: not SocketException { SocketErrorCode: SocketError.ConnectionRefused } };

    /// <summary>What an error means.</summary>
    /// <param name="place">Of the server, see <see cref="MailServer.Place"/>.</param>
    /// <param name="error">What MailKit threw.</param>
    public static TaskFailure Sort(string place, Exception error) => error switch
    {
        SslHandshakeException => new($"No TLS with the {place}: {First(error.Message)} If the server wants STARTTLS (often port 587), set disable_ssl to true in the connection's extra; if its certificate is its own, ssl_context to none.", retryable: false, inner: error),
        AuthenticationException => new($"The {place} refuses the login: {First(error.Message)} Check login and password of the connection.", retryable: false, inner: error),
        SmtpCommandException refusal => Refused(place, refusal),
        NotSupportedException => new($"The {place} does not offer what the connection asks for: {First(error.Message)} Set disable_tls to true in its extra where mail may travel in clear text, or leave out the login.", retryable: false, inner: error),
        SocketException => new($"The {place} cannot be reached: {error.Message.TrimEnd('.')}. Check host and port of the connection, and that the server runs; the next attempt may succeed.", inner: error),
        _ => new($"The {place} broke off: {First(error.Message)} The next attempt may succeed.", inner: error),
    };

    private static TaskFailure Refused(string place, SmtpCommandException refusal)
    {
        var what = refusal.ErrorCode switch
        {
            SmtpErrorCode.RecipientNotAccepted => $"the recipient {refusal.Mailbox?.Address}",
            SmtpErrorCode.SenderNotAccepted => $"the sender {refusal.Mailbox?.Address}",
            _ => "the mail",
        };
        var retryable = (int)refusal.StatusCode < FirstLastingRefusal;
        return new(string.Create(CultureInfo.InvariantCulture,
            $"The {place} refuses {what}: {(int)refusal.StatusCode} {First(refusal.Message)} {(retryable ? "The next attempt may succeed." : "Nobody was sent the mail; correct the task's inputs or the connection.")}"), retryable, inner: refusal);
    }

    // MailKit's explanations of TLS go on for a page.
    private static string First(string message) => Excerpt.Of(message.Split('\n')[0].Trim().TrimEnd('.'), LongestQuote) + ".";
}

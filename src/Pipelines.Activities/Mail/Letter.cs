using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MimeKit;
using Pipelines.Model.Activities;

namespace Pipelines.Activities.Mail;

/// <summary>A mail and all who get it.</summary>
/// <param name="Message">What they see; who is in bcc is not in it.</param>
/// <param name="Recipients">To, cc and bcc.</param>
internal sealed partial record Letter(MimeMessage Message, IReadOnlyList<MailboxAddress> Recipients)
{
    // Servers commonly take no more, and all of it is in memory.
    private const long MostAttached = 25L << 20;

    /// <summary>As the inputs of a task describe it.</summary>
    /// <param name="inputs">Of activity Email.</param>
    /// <param name="usualFrom">Who it is from if the task does not say.</param>
    /// <param name="cancellation">Stops the reading of files.</param>
    /// <exception cref="TaskFailure">An address, header or file is none (not retryable).</exception>
    public static async Task<Letter> OfAsync(RenderedInputs inputs, string? usualFrom, CancellationToken cancellation)
    {
        var from = inputs.Optional("fromEmail") ?? usualFrom ?? throw new TaskFailure("Nobody to send from: set input 'fromEmail', or from_email in the extra of the connection.", retryable: false);
        var (to, cc, bcc) = (Addresses(inputs, "to"), Addresses(inputs, "cc"), Addresses(inputs, "bcc"));
        if (to.Count == 0) throw new TaskFailure("Input 'to' names nobody after rendering. Name one address or more.", retryable: false);
        var body = new BodyBuilder { HtmlBody = inputs.Optional("htmlContent") ?? "" };
        await AttachAsync(body, inputs.StringList("files"), cancellation);
        var message = new MimeMessage { Subject = inputs.Required("subject").ReplaceLineEndings(" "), Body = body.ToMessageBody() };
        message.From.Add(Address("fromEmail", from));
        message.To.AddRange(to);
        message.Cc.AddRange(cc);
        foreach (var (name, value) in Headers(inputs)) AddHeader(message, name, value?.ToString() ?? "");
        return new Letter(message, [.. to, .. cc, .. bcc]);
    }

    /// <summary>Further headers.</summary>
    /// <exception cref="TaskFailure">The input is no object (not retryable).</exception>
    public static JsonObject Headers(RenderedInputs inputs) => inputs.Json<JsonObject>("customHeaders", [], json => json!.AsObject(), "a JSON object such as {\"X-Team\": \"data\"}");

    /// <summary>Those that an input names.</summary>
    /// <exception cref="TaskFailure">One is no address (not retryable).</exception>
    public static List<MailboxAddress> Addresses(RenderedInputs inputs, string name) =>
        [.. inputs.TextOrList(name).SelectMany(text => Separator().Split(text)).Where(text => text.Length > 0).Select(text => Address(name, text))];

    /// <summary>One address.</summary>
    /// <exception cref="TaskFailure">It is none (not retryable).</exception>
    public static MailboxAddress Address(string name, string text) => MailboxAddress.TryParse(text, out var address) && address.Address.Contains('@', StringComparison.Ordinal) ? address
        : throw new TaskFailure($"Input '{name}' holds '{Excerpt.Of(text, 100)}', which is no mail address. Write a@example.com, or Name <a@example.com>.", retryable: false);

    private static async Task AttachAsync(BodyBuilder body, IReadOnlyList<string> files, CancellationToken cancellation)
    {
        var bytes = 0L;
        foreach (var file in files)
        {
            try
            {
                bytes += new FileInfo(file).Length;
                if (bytes > MostAttached) throw new TaskFailure($"The files have more than {MostAttached >> 20} MB together, which mail servers refuse. Put them into S3 and mail the address.", retryable: false);
                // As bytes: mail would change the line ends of a text.
                if (await body.Attachments.AddAsync(file, cancellation) is MimePart part) part.ContentTransferEncoding = ContentEncoding.Base64;
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
            {
                throw new TaskFailure($"File '{file}' of input 'files' cannot be read on this worker: {error.Message} Another task may have run on another worker: share a folder, or use S3.", retryable: false, inner: error);
            }
        }
    }

    private static void AddHeader(MimeMessage message, string name, string value)
    {
        try
        {
            message.Headers.Add(name, value.ReplaceLineEndings(" "));
        }
        catch (ArgumentException error)
        {
            throw new TaskFailure($"Input 'customHeaders' holds '{Excerpt.Of(name, 100)}', which is no name of a header. Write letters, digits and '-' such as X-Team.", retryable: false, inner: error);
        }
    }

    [GeneratedRegex(@"\s*[,;]\s*", RegexOptions.CultureInvariant)]
    private static partial Regex Separator();
}

using Pipelines.Activities.Mail;
using Pipelines.Model.Activities;

namespace Pipelines.Activities;

/// <summary>Sends one mail, with the semantics of Airflow's EmailOperator.</summary>
public sealed class Email : IActivity
{
    private const string UsualConnection = "smtp_default";

    public ActivityDescriptor Descriptor { get; } = new(
        "Email", "E-mail", "Notifications",
        "Sends one mail through an SMTP server.",
        [
            new("to", InputType.StringOrList, "To", "An address, several with , or ; between, or a JSON array of them.") { Required = true, Check = inputs => Letter.Addresses(inputs, "to") },
            new("subject", InputType.String, "Subject", "One line.") { Required = true },
            new("htmlContent", InputType.String, "Content", "The mail's HTML. Write {{ … | e }} for what may hold < or &. Or the name of a template file that ends in .html.") { TemplateExtensions = [".html"], UiHint = "multiline" },
            new("cc", InputType.StringOrList, "Cc", "Who gets a copy; as 'to'.") { Check = inputs => Letter.Addresses(inputs, "cc") },
            new("bcc", InputType.StringOrList, "Bcc", "Who gets a copy without the others seeing it; as 'to'.") { Check = inputs => Letter.Addresses(inputs, "bcc") },
            new("fromEmail", InputType.String, "From", "Who it is from; empty: from_email of the connection's extra.") { Check = inputs => Letter.Address("fromEmail", inputs.Required("fromEmail")) },
            new("files", InputType.StringList, "Files", "Paths of files on the worker to attach, 25 MB in all.") { UiHint = "multitext", ReadsFiles = true },
            new("customHeaders", InputType.Json, "Headers", "A JSON object of further headers.") { UiHint = "json-editor", Check = inputs => Letter.Headers(inputs) },
            new("smtpConnId", InputType.String, "Connection", "A connection of type smtp: host, port, login and password; its extra holds from_email, disable_ssl (true: STARTTLS), disable_tls (both true: clear text), timeout.") { Default = UsualConnection, OptionsFrom = OptionSource.Connections("smtp") },
        ],
        [],
        [ActivityDescriptor.Done])
    { Notifies = NotifierUse.Redelivered };

    public async Task<Outcome> RunAsync(ITaskContext context, CancellationToken cancellation)
    {
        var server = MailServer.Of(await context.GetConnectionAsync(context.Inputs.Optional("smtpConnId") ?? UsualConnection, cancellation));
        var letter = await Letter.OfAsync(context.Inputs, server.From, cancellation);
        using var message = letter.Message;
        var answer = await server.SendAsync(message, letter.Recipients, context.Time, cancellation);
        context.Log(LogLevel.Info, $"Mail '{message.Subject}' to {string.Join(", ", letter.Recipients.Select(each => each.Address))} was taken by the {server.Place}: {answer}");
        return new Outcome.Succeeded();
    }
}

using MimeKit;
using Pipelines.Activities;
using Pipelines.Model.Activities;
using Pipelines.TestKit;
using SmtpServer.Protocol;

namespace Pipelines.IntegrationTests.Activities;

/// <summary>Email as Airflow's EmailOperator, against a mail server in this process.</summary>
public sealed class EmailTests
{
    private static readonly Email Email = new();

    private MailCatcher _server = null!;
    private ActivityEnvironment _attempt = null!;

    [SetUp]
    public void Start()
    {
        (_server, _attempt) = (new MailCatcher(), new ActivityEnvironment());
        _attempt.Add(_server.Connection());
    }

    [TearDown]
    public async Task StopAsync() => await _server.DisposeAsync();

    private Task<Outcome> SendAsync(params (string Name, string? Value)[] inputs)
    {
        var all = new Dictionary<string, string?> { ["to"] = "a@example.com", ["subject"] = "Loaded" };
        foreach (var (name, value) in inputs) all[name] = value;
        return _attempt.RunAsync(Email, all);
    }

    private async Task<TaskFailure> FailAsync(params (string Name, string? Value)[] inputs) => (await Assert.ThrowsAsync<TaskFailure>(() => SendAsync(inputs)))!;

    [Test]
    public async Task A_mail_has_its_recipients_content_headers_and_files_and_nobody_sees_bcc()
    {
        using var folder = new TemporaryDirectory();
        var file = Path.Combine(folder.Path, "rows.csv");
        await File.WriteAllTextAsync(file, "id\n1\n");
        await SendAsync(("to", "a@example.com; Ada <b@example.com>"), ("cc", "[\"c@example.com\"]"), ("bcc", "d@example.com"), ("subject", "Geladen: Köln\r\nBcc: x@example.com"),
            ("htmlContent", "<b>723</b> rows"), ("files", $"[\"{file}\"]"), ("customHeaders", """{"X-Team": "data"}"""));

        var (mail, recipients) = _server.Mails.Single();
        Assert.That(recipients, Is.EquivalentTo(new[] { "a@example.com", "b@example.com", "c@example.com", "d@example.com" }));
        Assert.That((mail.Subject, mail.HtmlBody, mail.From.ToString()), Is.EqualTo(("Geladen: Köln Bcc: x@example.com", "<b>723</b> rows", "etl@example.com")));
        Assert.That(mail.Headers["X-Team"], Is.EqualTo("data"));
        Assert.That(mail.ToString(), Does.Not.Contain("d@example.com"));
        var attached = (MimePart)mail.Attachments.Single();
        using var reader = new StreamReader(attached.Content!.Open());
        Assert.That((attached.FileName, await reader.ReadToEndAsync()), Is.EqualTo(("rows.csv", "id\n1\n")));
        Assert.That(_attempt.Lines.Select(line => line.Message), Has.Some.Contains("to a@example.com, b@example.com, c@example.com, d@example.com was taken by the mail server 127.0.0.1"));
    }

    [Test]
    public async Task With_STARTTLS_and_a_login_the_secret_is_never_sent_in_clear_text()
    {
        await using var secure = new MailCatcher(startTls: true);
        _attempt.Add(secure.Connection("""{"disable_ssl": true, "ssl_context": "none", "from_email": "etl@example.com"}""") with { Login = "mailer", Password = MailCatcher.Password });
        await SendAsync();
        Assert.That(secure.Mails, Has.Count.EqualTo(1));

        _attempt.Add(secure.Connection("""{"disable_ssl": true, "from_email": "etl@example.com"}""") with { Login = "mailer", Password = MailCatcher.Password });
        Assert.That(await FailAsync(), Has.Message.Contains("No TLS with the mail server").And.Message.Contains("ssl_context to none").And.Property("Retryable").False);

        _attempt.Add(secure.Connection("""{"disable_ssl": true, "ssl_context": "none", "from_email": "etl@example.com"}""") with { Login = "mailer", Password = "wrong-password" });
        Assert.That(await FailAsync(), Has.Message.Contains("refuses the login").And.Message.Not.Contains("wrong-password").And.Property("Retryable").False);

        _attempt.Add(_server.Connection("""{"disable_ssl": true, "from_email": "etl@example.com"}"""));
        Assert.That(await FailAsync(), Has.Message.Contains("does not offer what the connection asks for").And.Message.Contains("disable_tls"), "no silent clear text");
    }

    [Test]
    public async Task A_refusal_for_now_may_be_retried_and_one_for_good_may_not()
    {
        _server.Answer = () => new SmtpResponse((SmtpReplyCode)451, "greylisted");
        Assert.That(await FailAsync(), Has.Message.Contains("refuses the mail: 451 greylisted").And.Property("Retryable").True);
        _server.Answer = () => new SmtpResponse((SmtpReplyCode)554, "looks like spam");
        Assert.That(await FailAsync(), Has.Message.Contains("554 looks like spam").And.Property("Retryable").False);
        Assert.That(await FailAsync(("cc", "nobody@example.com")), Has.Message.Contains("refuses the recipient nobody@example.com").And.Property("Retryable").False);
        Assert.That(_server.Mails, Is.Empty, "not sent to the others either");
    }

    [Test]
    public async Task A_server_that_is_away_may_be_back_at_the_next_attempt()
    {
        _attempt.Add(_server.Connection() with { Port = FreePort.Find() });
        Assert.That(await FailAsync(), Has.Message.Contains("cannot be reached").And.Property("Retryable").True);
    }

    [TestCase("fromEmail", "nobody here", "which is no mail address")]
    [TestCase("cc", "a@example.com, b", "Input 'cc' holds 'b'")]
    [TestCase("files", "[\"/nowhere/rows.csv\"]", "cannot be read on this worker")]
    [TestCase("customHeaders", "{\"X Team\": 1}", "no name of a header")]
    [TestCase("smtpConnId", "other", "of type http")]
    public async Task A_wrong_input_is_told_by_its_name_and_not_retried(string name, string value, string words)
    {
        _attempt.Add(new("other", "http") { Host = "h" });
        Assert.That(await FailAsync((name, value)), Has.Message.Contains(words).And.Property("Retryable").False);
    }

    [Test]
    public async Task Without_anybody_to_send_from_it_says_where_to_name_them()
    {
        _attempt.Add(_server.Connection("""{"disable_ssl": true, "disable_tls": true}"""));
        Assert.That(await FailAsync(), Has.Message.Contains("'fromEmail'").And.Message.Contains("from_email"));
        await SendAsync(("fromEmail", "me@example.com"));
        Assert.That(_server.Mails.Single().Message.From.ToString(), Is.EqualTo("me@example.com"));
    }

    [Test]
    public async Task The_connections_page_asks_the_server()
    {
        var type = BuiltInConnectionTypes.All.Single(each => each.Name == "smtp");
        Assert.That(await type.TestAsync(_server.Connection(), CancellationToken.None), Has.Property("Succeeded").True.And.Property("Message").Contains("in clear text"));
        Assert.That(await type.TestAsync(_server.Connection() with { Port = FreePort.Find() }, CancellationToken.None), Has.Property("Succeeded").False.And.Property("Message").Contains("cannot be reached"));
    }
}

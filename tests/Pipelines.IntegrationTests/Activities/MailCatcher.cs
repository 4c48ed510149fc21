using System.Buffers;
using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MimeKit;
using Pipelines.Model.Connections;
using Pipelines.TestKit;
using SmtpServer;
using SmtpServer.Authentication;
using SmtpServer.Mail;
using SmtpServer.Protocol;
using SmtpServer.Storage;
using ServiceProvider = SmtpServer.ComponentModel.ServiceProvider;

namespace Pipelines.IntegrationTests.Activities;

/// <summary>A mail server in this process that keeps what it is sent.</summary>
public sealed class MailCatcher : IAsyncDisposable
{
    public const string Password = "mail-s3cret";

    private readonly CancellationTokenSource _stop = new();
    private readonly Task _serving;
    private readonly Store _store = new();

    /// <param name="startTls">Offers STARTTLS with a certificate of its own, and wants a login.</param>
    public MailCatcher(bool startTls = false)
    {
        Port = FreePort.Find();
        var options = new SmtpServerOptionsBuilder().ServerName("localhost").Endpoint(endpoint =>
        {
            endpoint.Endpoint(new IPEndPoint(IPAddress.Loopback, Port)).AllowUnsecureAuthentication(!startTls).AuthenticationRequired(startTls);
            if (startTls) endpoint.Certificate(NewCertificate());
        }).Build();
        var services = new ServiceProvider();
        services.Add((IMessageStore)_store);
        services.Add((IMailboxFilter)new Filter());
        services.Add((IUserAuthenticator)new DelegatingUserAuthenticator((user, password) => (user, password) == ("mailer", Password)));
        _serving = new SmtpServer.SmtpServer(options, services).StartAsync(_stop.Token);
    }

    public int Port { get; }

    /// <summary>What it answers to a mail; null: it takes it.</summary>
    public Func<SmtpResponse?> Answer
    {
        set => _store.Answer = value;
    }

    /// <summary>The mails with their recipients.</summary>
    public IReadOnlyList<(MimeMessage Message, IReadOnlyList<string> Recipients)> Mails => [.. _store.Mails];

    /// <summary>A connection that reaches it.</summary>
    public Connection Connection(string extra = """{"disable_ssl": true, "disable_tls": true, "from_email": "etl@example.com"}""") => new("smtp_default", "smtp")
    {
        Host = "127.0.0.1",
        Port = Port,
        Extra = System.Text.Json.Nodes.JsonNode.Parse(extra)!.AsObject(),
    };

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _serving.ContinueWith(_ => { }, TaskScheduler.Default);
        _stop.Dispose();
    }

    private static X509Certificate2 NewCertificate()
    {
        using var key = RSA.Create(2048);
        using var made = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pfx), null);
    }

    private sealed class Store : MessageStore
    {
        public ConcurrentQueue<(MimeMessage, IReadOnlyList<string>)> Mails { get; } = [];

        public Func<SmtpResponse?> Answer { get; set; } = () => null;

        public override async Task<SmtpResponse> SaveAsync(ISessionContext context, IMessageTransaction transaction, ReadOnlySequence<byte> buffer, CancellationToken cancellationToken)
        {
            if (Answer() is { } refusal) return refusal;
            using var bytes = new MemoryStream(buffer.ToArray());
            Mails.Enqueue((await MimeMessage.LoadAsync(bytes, cancellationToken), [.. transaction.To.Select(to => $"{to.User}@{to.Host}")]));
            return SmtpResponse.Ok;
        }
    }

    private sealed class Filter : MailboxFilter
    {
        public override Task<bool> CanDeliverToAsync(ISessionContext context, IMailbox to, IMailbox from, CancellationToken cancellationToken) => Task.FromResult(to.User != "nobody");
    }
}

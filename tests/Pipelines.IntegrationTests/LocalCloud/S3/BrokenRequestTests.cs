using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Amazon.S3;
using Amazon.S3.Model;

namespace Pipelines.IntegrationTests.LocalCloud.S3;

/// <summary>Requests that no SDK sends.</summary>
public sealed class BrokenRequestTests : S3Fixture
{
    [TestCase("GET /lake/%ff%fe HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "400")]
    [TestCase("GET /lake/../../etc/passwd HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "403")]
    [TestCase("GET /?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "400")]
    [TestCase("BREW /lake HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "403")]
    [TestCase("nonsense\r\n\r\n", "400")]
    public async Task A_broken_request_is_refused_and_the_next_one_answered(string request, string status)
    {
        Assert.That(await Exchange(request), Does.StartWith("HTTP/1.1 " + status));
        Assert.That((await Client.ListBucketsAsync()).Buckets, Is.Not.Empty);
    }

    [Test]
    public async Task A_body_that_breaks_off_is_no_object()
    {
        var link = new Uri(await Client.GetPreSignedURLAsync(new GetPreSignedUrlRequest
        {
            BucketName = Lake,
            Key = "cut",
            Verb = HttpVerb.PUT,
            Expires = DateTime.UtcNow.AddMinutes(5),
            Protocol = Protocol.HTTP,
        }));
        string Put(int announced) => string.Create(
            CultureInfo.InvariantCulture, $"PUT {link.PathAndQuery} HTTP/1.1\r\nHost: {link.Authority}\r\nContent-Length: {announced}\r\nConnection: close\r\n\r\nhello");
        await BreakOff(Put(10));
        Assert.That(Endpoint.Store.Find(Lake, "cut"), Is.Null);
        Assert.That(await Exchange(Put(5)), Does.StartWith("HTTP/1.1 200"));
        Assert.That(Endpoint.Store.Find(Lake, "cut")!.Size, Is.EqualTo(5));
    }

    // The server closes when it has answered: closing this side first would tell it that nobody listens.
    private async Task<string> Exchange(string request)
    {
        using var client = await Send(request);
        using var reader = new StreamReader(client.GetStream());
        return await reader.ReadToEndAsync();
    }

    private async Task BreakOff(string request)
    {
        using var client = await Send(request);
        var answer = client.GetStream();
        client.Client.Shutdown(SocketShutdown.Send);
        try
        {
            await answer.CopyToAsync(Stream.Null);
        }
        catch (IOException)
        {
            // A reset is as good an end as any: what matters is that the server is done with the request.
        }
    }

    private async Task<TcpClient> Send(string request)
    {
        var client = new TcpClient();
        await client.ConnectAsync(Endpoint.Uri.Host, Endpoint.Uri.Port);
        await client.GetStream().WriteAsync(Encoding.Latin1.GetBytes(request));
        return client;
    }
}

using System.Text.Json.Nodes;
using Pipelines.Activities.Requests;
using Pipelines.Model.Activities;
using Pipelines.Model.Connections;

namespace Pipelines.UnitTests.Activities;

/// <summary>An http connection, read as Airflow's HttpHook reads it.</summary>
public sealed class HttpServerTests
{
    [TestCase("http://api.example.com", "v1/x", "http://api.example.com/v1/x")]
    [TestCase("http://api.example.com:8080/https", "/v1", "https://api.example.com:8080/v1")]
    [TestCase("https://api.example.com", "", "https://api.example.com/")]
    [TestCase("http://https://api.example.com", "v1?a=b", "https://api.example.com/v1?a=b")]
    [TestCase("http://api.example.com", "@evil.example.com/", "http://api.example.com/@evil.example.com/")]
    public void The_address_is_joined_as_in_airflow(string connection, string endpoint, string address) =>
        Assert.That(new HttpServer(ConnectionUri.Parse("c", connection)).Address(endpoint).AbsoluteUri, Is.EqualTo(address));

    [TestCase("postgres://db", "type http")]
    [TestCase("http://", "give no address")]
    [TestCase("http://host/ftp", "give no address")]
    public void What_gives_no_address_says_so(string connection, string words)
    {
        var failure = Assert.Throws<TaskFailure>(() => new HttpServer(ConnectionUri.Parse("c", connection)).Address("x"))!;
        Assert.That(failure.Retryable, Is.False);
        Assert.That(failure.Message, Does.Contain(words).And.Contain("'c'"));
    }

    [TestCase("timeout", "soon")]
    [TestCase("timeout", "0")]
    [TestCase("verify", "maybe")]
    [TestCase("allow_redirects", "2")]
    [TestCase("max_redirects", "-1")]
    [TestCase("proxies", "not an address")]
    [TestCase("cert", "/etc/cert.pem")]
    public void An_extra_that_cannot_be_read_is_named(string name, string value)
    {
        var server = new HttpServer(new Connection("c", "http") { Host = "host", Extra = new JsonObject { [name] = value } });
        var failure = Assert.Throws<TaskFailure>(() =>
        {
            _ = server.Timeout;
            server.Open().Dispose();
        })!;
        Assert.That(failure.Message, Does.StartWith($"'{name}' in the extra of connection 'c' must be"));
        Assert.That(failure.Retryable, Is.False);
    }
}

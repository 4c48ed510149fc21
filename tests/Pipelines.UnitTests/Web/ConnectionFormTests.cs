using System.Text.Json.Nodes;
using Pipelines.Model.Connections;
using Pipelines.Web.Components.Connections;

namespace Pipelines.UnitTests.Web;

public sealed class ConnectionFormTests
{
    private static Connection Stored => new("db", "postgres")
    {
        Host = "h",
        Port = 5432,
        Password = "s3cret-word",
        Extra = new JsonObject { ["api_key"] = "hidden-key", ["sslmode"] = "require" },
    };

    [Test]
    public void The_form_of_a_stored_connection_shows_no_secret()
    {
        var form = new ConnectionForm(Stored);

        Assert.That(form.Password, Is.Null);
        Assert.That(form.Extra, Does.Contain("require").And.Not.Contain("hidden-key"));
    }

    [Test]
    public void Saved_untouched_it_keeps_its_secrets()
    {
        var connection = new ConnectionForm(Stored).Read().Connection!;

        Assert.That(connection.Password, Is.EqualTo("s3cret-word"));
        Assert.That(connection.Extra["api_key"]!.GetValue<string>(), Is.EqualTo("hidden-key"));
    }

    [Test]
    public void A_masked_part_stays_when_another_part_of_the_extra_is_edited()
    {
        var form = new ConnectionForm(Stored);
        form.Extra = form.Extra.Replace("require", "disable", StringComparison.Ordinal);

        var extra = form.Read().Connection!.Extra;

        Assert.That((extra["api_key"]!.GetValue<string>(), extra["sslmode"]!.GetValue<string>()), Is.EqualTo(("hidden-key", "disable")));
    }

    [TestCase("evil.example", "5432", "postgres", "")]
    [TestCase("h", "5433", "postgres", "")]
    [TestCase("h", "5432", "redshift", "")]
    [TestCase("h", "5432", "postgres", "https://evil.example")]
    public void Stored_secrets_are_not_for_another_place(string host, string port, string type, string endpoint)
    {
        var form = new ConnectionForm(Stored) { Host = host, Port = port, ConnType = type };
        if (endpoint.Length > 0) form.Extra = form.Extra.Replace("{", $"{{\"endpoint_url\": \"{endpoint}\",", StringComparison.Ordinal);

        Assert.That(form.Read().Problem, Does.Contain("Type the password again"));
        form.Password = "new-word";
        Assert.That(form.Read().Problem, Does.Contain("shown as ***"), "the key in the extra is a secret too");
        form.Extra = form.Extra.Replace("***", "new-key", StringComparison.Ordinal);

        var connection = form.Read().Connection!;
        Assert.That((connection.Host, connection.Password, (string?)connection.Extra["api_key"]), Is.EqualTo((host, "new-word", "new-key")));
    }

    [Test]
    public void A_connection_without_secrets_may_lead_elsewhere() =>
        Assert.That(new ConnectionForm(new Connection("db", "postgres") { Host = "h" }) { Host = "other" }.Read().Connection!.Host, Is.EqualTo("other"));

    [Test]
    public void A_pasted_uri_counts_instead_of_the_fields()
    {
        var connection = new ConnectionForm(null) { ConnId = "n", Uri = " redshift://u:p%40ss@cluster:5439/dev " }.Read().Connection!;

        Assert.That((connection.ConnType, connection.Host, connection.Port, connection.Password), Is.EqualTo(("redshift", "cluster", (int?)5439, "p@ss")));
    }

    [TestCase("no port", "x", "")]
    [TestCase("JSON", "1", "{")]
    [TestCase("JSON", "1", "[]")]
    public void What_is_wrong_is_said_in_words(string _, string port, string extra)
    {
        var (connection, problem) = new ConnectionForm(null) { ConnId = "n", Port = port, Extra = extra }.Read();

        Assert.That(connection, Is.Null);
        Assert.That(problem, Does.Contain(extra.Length > 0 ? "JSON" : "port"));
    }
}

using System.Text.Json.Nodes;
using CsCheck;
using Pipelines.Model.Connections;

namespace Pipelines.UnitTests.Connections;

/// <summary>Connections are read and written as Airflow does.</summary>
public class ConnectionFormatTests
{
    private static readonly Gen<string?> Text = Gen.String[Gen.Char["abcXYZ019 /:@?&=#%+-_.äß漢'\"\\[]{}"], 1, 8].Null(0.3);

    private static readonly Gen<JsonObject> Extra = Gen.OneOf(
        Gen.Const(() => new JsonObject()),
        Gen.Select(Text, Text).Select((key, value) => new JsonObject { [key ?? "k"] = value ?? "", ["second"] = "v" }),
        Gen.Const(() => JsonNode.Parse("""{"nested":{"a":[1,true,null]},"n":1}""")!.AsObject()),
        Gen.Const(() => new JsonObject { ["__extra__"] = "not ours" }));

    private static readonly Gen<Connection> Any = Gen.Select(Gen.Int[0, 2].Select(i => new[] { "postgres", "aws", "google_cloud_platform" }[i]), Text, Text, Text, Text, Gen.Int[0, 65535].Nullable(0.3), Extra, Gen.Bool)
        .Select((type, login, password, host, schema, port, extra, protocol) => new Connection("my_db", type)
        {
            Login = login,
            Password = password,
            Host = protocol && host is not null ? "https://" + host : host,
            Schema = schema,
            Port = port,
            Extra = extra,
        });

    private static void ExpectSame(Connection read, Connection written) =>
        Assert.That((read with { Extra = written.Extra }, read.Extra.ToJsonString()), Is.EqualTo((written, written.Extra.ToJsonString())));

    [Test]
    public void Any_connection_survives_its_URI() => Any.Sample(connection => ExpectSame(ConnectionUri.Parse("my_db", ConnectionUri.Format(connection)), connection), iter: 2000);

    [Test]
    public void Any_connection_survives_its_JSON() => Any.Sample(connection => ExpectSame(ConnectionJson.Parse("my_db", ConnectionJson.Format(connection)), connection), iter: 500);

    [Test]
    public void A_URI_is_read_part_by_part()
    {
        var connection = ConnectionUri.Parse("db", "postgresql://us%40er:p%3Aw%2F@db.example.com:5433/shop?sslmode=require&a=b+c");
        ExpectSame(connection, new Connection("db", "postgres")
        {
            Login = "us@er",
            Password = "p:w/",
            Host = "db.example.com",
            Port = 5433,
            Schema = "shop",
            Extra = new JsonObject { ["sslmode"] = "require", ["a"] = "b c" },
        });
    }

    [TestCase("google-cloud-platform://", "google_cloud_platform", null, null)]
    [TestCase("http://https://host:8080", "http", "https://host", 8080)]
    [TestCase("aws://@:5439", "aws", null, 5439)]
    [TestCase("aws://AKIA:secret@/?endpoint_url=http://127.0.0.1:9000", "aws", null, null)]
    [TestCase("postgres://[::1]:5432/x", "postgres", "[::1]", 5432)]
    public void Odd_URIs_are_read_as_Airflow_does(string uri, string type, string? host, int? port)
    {
        var connection = ConnectionUri.Parse("c", uri);
        Assert.That((connection.ConnType, connection.Host, connection.Port), Is.EqualTo((type, host, port)));
    }

    [Test]
    public void Extra_that_is_not_flat_goes_as_one_JSON()
    {
        var extra = JsonNode.Parse("""{"a":{"b":1}}""")!.AsObject();
        var uri = ConnectionUri.Format(new Connection("c", "aws") { Extra = extra });
        Assert.That(uri, Is.EqualTo("aws:///?__extra__=%7B%22a%22%3A%7B%22b%22%3A1%7D%7D"));
        Assert.That(ConnectionUri.Parse("c", uri).Extra.ToJsonString(), Is.EqualTo(extra.ToJsonString()));
    }

    [Test]
    public void JSON_takes_port_and_extra_as_text_too_and_is_told_from_a_URI()
    {
        var connection = ConnectionRules.Parse("c", """ {"conn_type":"redshift","port":"5439","extra":"{\"region\":\"eu\"}"}""");
        Assert.That((connection.Port, connection.ExtraText("region"), ConnectionRules.Parse("c", "redshift://h").Host), Is.EqualTo((5439, "eu", "h")));
    }

    [TestCase("no-uri", "The URI of connection 'c' must look like type://login:password@host:port/schema?key=value, with '://' once (twice if the host has a protocol).")]
    [TestCase("a://b://c://d", "The URI of connection 'c' must look like type://login:password@host:port/schema?key=value, with '://' once (twice if the host has a protocol).")]
    [TestCase("postgres://h:99999", "The port '99999' of connection 'c' is not a number from 0 to 65535.")]
    [TestCase("://h", "The connection 'c' has no type. Set conn_type, e.g. postgres, redshift or aws.")]
    [TestCase("{\"conn_type\":\"a\",\"pasword\":\"s3cret\"}", "The JSON of connection 'c' has the unknown key 'pasword'. Did you mean 'password'?")]
    [TestCase("{\"conn_type\":\"a\",\"password\":\"s3cret}", "The JSON of connection 'c' is not valid JSON (line 1, column 37).")]
    [TestCase("{\"conn_type\":\"a\",\"port\":-1}", "The port '-1' of connection 'c' is not a number from 0 to 65535.")]
    [TestCase("{\"conn_type\":\"a\",\"extra\":[]}", "'extra' of connection 'c' must be a JSON object.")]
    [TestCase("{\"host\":\"h\"}", "The connection 'c' has no type. Set conn_type, e.g. postgres, redshift or aws.")]
    public void A_bad_connection_is_told_without_its_secrets(string text, string message) =>
        Assert.That(Assert.Throws<ConnectionException>(() => ConnectionRules.Parse("c", text))!.Message, Is.EqualTo(message));

    [TestCase("")]
    [TestCase("a b")]
    [TestCase("a/b")]
    [TestCase("a\n")]
    public void A_conn_id_has_a_form(string connId) =>
        Assert.That(Assert.Throws<ConnectionException>(() => ConnectionUri.Parse(connId, "aws://"))!.Message, Does.Contain("is not valid. Use 1 to 200"));

    [Test]
    public void The_environment_has_Airflows_names() =>
        Assert.That((ConnectionRules.EnvironmentName("my_db"), ConnectionRules.VariableEnvironmentName("bucket")), Is.EqualTo(("AIRFLOW_CONN_MY_DB", "AIRFLOW_VAR_BUCKET")));
}

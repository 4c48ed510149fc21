using System.Text.Json.Nodes;
using CsCheck;
using Pipelines.Model.Connections;

namespace Pipelines.UnitTests.Connections;

/// <summary>Files of connections and Variables as Airflow's CLI writes and reads them (airflow-semantics.md §28).</summary>
public class SecretFileTests
{
    private static readonly Connection[] Two =
    [
        new("dw", "redshift") { Host = "h", Login = "u", Password = "p@ss word", Port = 5439, Schema = "dev", Extra = new JsonObject { ["n"] = 1 } },
        new("web", "http") { Host = "https://example.com", Description = "Ours" },
    ];

    [Test]
    public void Connections_come_back_from_JSON_as_they_were() =>
        Assert.That(ConnectionFile.Read(ConnectionFile.Format(Two)).Select(ConnectionJson.Format), Is.EqualTo(Two.Select(ConnectionJson.Format)));

    [TestCase(true)]
    [TestCase(false)]
    public void Lines_of_an_env_file_come_back_too(bool asJson)
    {
        var lines = ConnectionFile.FormatEnv(Two, asJson).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('=', 2));
        var read = ConnectionFile.Read(new JsonObject(lines.Select(line => KeyValuePair.Create(line[0], (JsonNode?)line[1]))));
        // A URI has no place for a description.
        Assert.That(read.Select(ConnectionJson.Format), Is.EqualTo(Two.Select(connection => ConnectionJson.Format(asJson ? connection : connection with { Description = null }))));
    }

    [Test]
    public void What_Airflow_exports_is_read_with_its_nulls_and_extra_as_a_text()
    {
        var read = ConnectionFile.Read(JsonNode.Parse("""{"db":{"conn_type":"postgres","description":null,"login":"u","password":null,"host":"h","port":5432,"schema":"","extra":"{\"a\": 1}"}}""")!.AsObject()).Single();
        Assert.That((read.ConnType, read.Password, read.Port, read.Extra.ToJsonString()), Is.EqualTo(("postgres", (string?)null, (int?)5432, """{"a":1}""")));
    }

    [TestCase("""{"db":1}""", "Connection 'db' must be an object")]
    [TestCase("""{"db":{"conn_type":"postgre"}}""", "The type 'postgre' of connection 'db' is not known. Did you mean 'postgres'?")]
    [TestCase("""{"db":{"conn_type":"postgres","pasword":"hunter2"}}""", "The JSON of connection 'db' has the unknown key 'pasword'.")]
    public void A_wrong_connection_is_told_without_its_secrets(string json, string expected) =>
        Assert.That(Assert.Throws<ConnectionException>(() => ConnectionFile.Read(JsonNode.Parse(json)!.AsObject()))!.Message, Does.StartWith(expected).And.Not.Contain("hunter2"));

    [Test]
    public void Variables_are_texts_or_JSON_or_have_a_description()
    {
        var read = VariableFile.Read(JsonNode.Parse("""{"a":"x","b":{"k":[1]},"c":{"value":{"k":1},"description":"Ours"},"d":5,"e":null}""")!.AsObject());
        Assert.That(read, Is.EqualTo(new VariableEntry[] { new("a", "x", null), new("b", """{"k":[1]}""", null), new("c", """{"k":1}""", "Ours"), new("d", "5", null), new("e", "null", null) }));
    }

    [Test]
    public void Variables_are_written_by_key_and_JSON_as_such() => Assert.That(
        VariableFile.Format([new("b", """{"k":1}""", null), new("a", "1.0", "Ours"), new("c", """{"value":1}""", null), new("d", "\"quoted\"", null), new("e", """{ "wide": 1 }""", null)]).ToJsonString(),
        Is.EqualTo("""{"a":{"value":1.0,"description":"Ours"},"b":{"k":1},"c":{"value":{"value":1},"description":null},"d":"\u0022quoted\u0022","e":"{ \u0022wide\u0022: 1 }"}"""));

    [Test]
    public void Any_value_comes_back_from_the_file_character_by_character() =>
        Gen.OneOf(Gen.String, Gen.OneOf(new[] { "1.0", "1e5", "01", "true", "null", "\"x\"", "[1, 2]", "[1,2]", """{"value":1}""", """{"a":1,"a":2}""", " 5", "" }.Select(Gen.Const).ToArray())).Sample(value =>
        {
            // What a surrogate without its partner means in JSON is nobody's business.
            if (value.Any(char.IsSurrogate)) return true;
            var file = JsonNode.Parse(VariableFile.Format([new VariableEntry("k", value, null)]).ToJsonString())!.AsObject();
            return VariableFile.Read(file).Single().Value == value;
        });
}

using System.Text.Json.Nodes;
using CsCheck;
using Pipelines.Model.Connections;

namespace Pipelines.UnitTests.Connections;

public class SecretMaskTests
{
    [Test]
    public void Secrets_are_hidden_wherever_they_stand() =>
        Assert.That(SecretMask.Empty.With("hunter22").With("hunter2").Apply("hunter22,xhunter2x hunter2"), Is.EqualTo("***,x***x ***"));

    [Test]
    public void Short_values_and_airflow_are_left() =>
        Assert.That(SecretMask.Empty.With("pass").With("airflow").With((string?)null).Apply("pass airflow"), Is.EqualTo("pass airflow"));

    [Test]
    public void The_encoded_forms_of_a_secret_are_hidden_too() =>
        Assert.That(SecretMask.Empty.With("p@ss\"word").Apply("uri p%40ss%22word json \"p@ss\\u0022word\" plain p@ss\"word"), Is.EqualTo("uri *** json \"***\" plain ***"));

    [Test]
    public void A_connection_hides_its_password_and_its_sensitive_extras_at_any_depth()
    {
        var connection = new Connection("c", "aws")
        {
            Login = "visible-login",
            Password = "password-1",
            Extra = JsonNode.Parse("""{"region":"eu-central-1","Session_Token":"token-value","oauth":{"client_secret":["inner-secret"]}}""")!.AsObject(),
        };
        Assert.That(SecretMask.Empty.With(connection).Apply("visible-login password-1 eu-central-1 token-value inner-secret"), Is.EqualTo("visible-login *** eu-central-1 *** ***"));
        Assert.That(SecretMask.Redact(connection.Extra).ToJsonString(), Is.EqualTo("""{"region":"eu-central-1","Session_Token":"***","oauth":{"client_secret":["***"]}}"""));
    }

    [TestCase("password", true)]
    [TestCase("MY_API_KEY_2", true)]
    [TestCase("aws_secret_access_key", true)]
    [TestCase("region", false)]
    [TestCase("keys", false)]
    public void Names_tell_what_is_secret(string name, bool expected) => Assert.That(SecretMask.IsSensitive(name), Is.EqualTo(expected));

    [Test]
    public void No_secret_is_left_in_any_text() =>
        Gen.Select(Gen.String[Gen.Char["ab1"], 5, 8].Array[1, 6], Gen.String[Gen.Char["ab1 "], 0, 60]).Sample((secrets, text) =>
        {
            var masked = secrets.Aggregate(SecretMask.Empty, (mask, secret) => mask.With(secret)).Apply(text);
            return secrets.All(secret => !masked.Contains(secret, StringComparison.Ordinal));
        }, iter: 2000);
}

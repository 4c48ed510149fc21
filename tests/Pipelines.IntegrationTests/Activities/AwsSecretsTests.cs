using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;
using Pipelines.Activities.SecretsBackends;
using Pipelines.Model.Connections;
using Pipelines.TestKit;

namespace Pipelines.IntegrationTests.Activities;

/// <summary>airflow-semantics.md §21: the secrets backends of AWS, on moto. How requests are signed is in the unit tests' AwsSignatureTests.</summary>
[NonParallelizable]
public sealed class AwsSecretsTests
{
    private static readonly Dictionary<string, string> Keys = new() { ["AWS_ACCESS_KEY_ID"] = "AKIDEXAMPLE", ["AWS_SECRET_ACCESS_KEY"] = "example" };

    private Process _moto = null!;
    private string _endpoint = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        Need.Tool("moto_server");
        foreach (var (name, value) in Keys) Environment.SetEnvironmentVariable(name, value);
        _endpoint = $"http://127.0.0.1:{FreePort.Find()}";
        var start = new ProcessStartInfo("moto_server", ["-H", "127.0.0.1", "-p", new Uri(_endpoint).Port.ToString(System.Globalization.CultureInfo.InvariantCulture)]) { RedirectStandardError = true };
        _moto = Process.Start(start)!;
        // It says where it listens on standard error.
        while (await _moto.StandardError.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(60)) is { } line && !line.Contains("Running on", StringComparison.Ordinal))
        {
        }
        _ = _moto.StandardError.ReadToEndAsync();
        await AskAsync("secretsmanager", "secretsmanager.CreateSecret", """{"Name": "airflow/connections/shop", "SecretString": "postgres://ann:pw@db/shop"}""");
        await AskAsync("secretsmanager", "secretsmanager.CreateSecret", """{"Name": "rds/app", "SecretString": "{\"engine\": \"postgres\", \"username\": \"ann\", \"password\": \"pw\", \"host\": \"db\", \"port\": 5432, \"dbname\": \"shop\", \"dbInstanceIdentifier\": \"x\"}"}""");
        await AskAsync("secretsmanager", "secretsmanager.CreateSecret", """{"Name": "airflow/variables/bucket", "SecretString": "lake"}""");
        await AskAsync("secretsmanager", "secretsmanager.CreateSecret", """{"Name": "airflow/connections/broken", "SecretString": "{ s3cret"}""");
        await AskAsync("ssm", "AmazonSSM.PutParameter", """{"Name": "/airflow/connections/shop", "Value": "postgres://ann:pw@db/shop", "Type": "SecureString"}""");
        await AskAsync("ssm", "AmazonSSM.PutParameter", """{"Name": "/ours/vars/bucket", "Value": "lake", "Type": "String"}""");
    }

    [OneTimeTearDown]
    public void Stop()
    {
        foreach (var name in Keys.Keys) Environment.SetEnvironmentVariable(name, null);
        if (_moto is null) return;
        _moto.Kill(entireProcessTree: true);
        _moto.Dispose();
    }

    [Test]
    public async Task Secrets_Manager_gives_uris_and_variables_below_its_prefixes()
    {
        var backend = Backend("SecretsManagerBackend");
        Assert.That(backend.Name, Is.EqualTo("AWS Secrets Manager in eu-central-1"));
        Assert.That(await backend.FindAsync(SecretKind.Connection, "shop", CancellationToken.None), Is.EqualTo("postgres://ann:pw@db/shop"));
        Assert.That(await backend.FindAsync(SecretKind.Variable, "bucket", CancellationToken.None), Is.EqualTo("lake"));
        Assert.That(await backend.FindAsync(SecretKind.Connection, "other", CancellationToken.None), Is.Null);
    }

    [Test]
    public async Task Secrets_Manager_gives_the_parts_of_a_secret_of_RDS()
    {
        var connection = ConnectionRules.Parse("app", (await Backend("SecretsManagerBackend", "\"connections_prefix\": \"rds\"").FindAsync(SecretKind.Connection, "app", CancellationToken.None))!);
        Assert.That((connection.ConnType, connection.Host, connection.Port, connection.Login, connection.Password, connection.Schema), Is.EqualTo(("postgres", "db", (int?)5432, "ann", "pw", "shop")));
    }

    [Test]
    public async Task Parameter_Store_gives_what_is_below_its_prefixes_and_fits_its_patterns()
    {
        var backend = Backend("airflow.providers.amazon.aws.secrets.systems_manager.SystemsManagerParameterStoreBackend", "\"variables_prefix\": \"ours/vars/\", \"connections_lookup_pattern\": \"s\"");
        Assert.That(await backend.FindAsync(SecretKind.Connection, "shop", CancellationToken.None), Is.EqualTo("postgres://ann:pw@db/shop"));
        Assert.That(await backend.FindAsync(SecretKind.Variable, "bucket", CancellationToken.None), Is.EqualTo("lake"));
        Assert.That(await backend.FindAsync(SecretKind.Variable, "other", CancellationToken.None), Is.Null);
        Assert.That(await Backend("SystemsManagerParameterStoreBackend", "\"connections_lookup_pattern\": \"hop\"").FindAsync(SecretKind.Connection, "shop", CancellationToken.None), Is.Null, "it must fit from the beginning");
    }

    [TestCase("SecretsManagerBackend")]
    [TestCase("SystemsManagerParameterStoreBackend")]
    public async Task A_prefix_that_is_null_is_asked_nothing(string name) =>
        Assert.That(await Backend(name, "\"connections_prefix\": null").FindAsync(SecretKind.Connection, "shop", CancellationToken.None), Is.Null);

    [Test]
    public void What_is_broken_is_named_and_not_shown() => Assert.That(
        () => Backend("SecretsManagerBackend").FindAsync(SecretKind.Connection, "broken", CancellationToken.None),
        Throws.TypeOf<SecretsBackendException>().With.Message.EqualTo("Secret 'airflow/connections/broken' of AWS Secrets Manager in eu-central-1 is neither a URI nor JSON. Mend it there."));

    [Test]
    public void Who_does_not_answer_is_named()
    {
        var backend = BuiltInSecretsBackends.Create("SecretsManagerBackend", $$"""{"region_name": "eu-central-1", "endpoint_url": "http://127.0.0.1:{{FreePort.Find()}}"}""");
        Assert.That(() => backend.FindAsync(SecretKind.Connection, "shop", CancellationToken.None),
            Throws.TypeOf<SecretsBackendException>().With.Message.StartsWith("AWS Secrets Manager in eu-central-1 cannot be asked: ").And.Message.Contains("Look at its endpoint"));
    }

    private ISecretsBackend Backend(string name, string more = "\"profile_name\": null") =>
        BuiltInSecretsBackends.Create(name, $$"""{"region_name": "eu-central-1", "endpoint_url": "{{_endpoint}}", {{more}}}""");

    private async Task AskAsync(string service, string target, string body)
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, _endpoint) { Content = new StringContent(body, Encoding.UTF8) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/x-amz-json-1.1");
        request.Headers.TryAddWithoutValidation("X-Amz-Target", target);
        request.Headers.TryAddWithoutValidation("Authorization", $"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260501/eu-central-1/{service}/aws4_request, SignedHeaders=host, Signature=0");
        (await client.SendAsync(request)).EnsureSuccessStatusCode();
    }
}

using Pipelines.Activities.SecretsBackends;
using Pipelines.Model.Connections;
using Pipelines.TestKit;

namespace Pipelines.UnitTests.SecretsBackends;

/// <summary>airflow-semantics.md §21: the secrets backend of local files, as Airflow's LocalFilesystemBackend.</summary>
public sealed class LocalFilesTests
{
    private TemporaryDirectory _folder = null!;

    [SetUp]
    public void Create() => _folder = new TemporaryDirectory();

    [TearDown]
    public void Delete() => _folder.Dispose();

    [TestCase("c.json", """{"shop": "postgres://ann:pw@db/shop", "other": {"conn_type": "redshift", "host": "dw"}}""")]
    [TestCase("c.yaml", "shop: postgres://ann:pw@db/shop\nother:\n  conn_type: redshift\n  host: dw\n")]
    [TestCase("c.yml", "shop:\n  - conn_type: postgres\n    host: db\n    login: ann\n    password: pw\n    schema: shop\n    port: null\nother: redshift://dw\n")]
    [TestCase("c.env", "# ours\nshop=postgres://ann:pw@db/shop\n\nother=redshift://dw\n")]
    public async Task A_connection_is_a_uri_or_its_parts(string file, string text)
    {
        var backend = Backend(file, text, "connections_file_path");

        var shop = ConnectionRules.Parse("shop", (await backend.FindAsync(SecretKind.Connection, "shop", CancellationToken.None))!);
        Assert.That((shop.ConnType, shop.Host, shop.Login, shop.Password, shop.Schema), Is.EqualTo(("postgres", "db", "ann", "pw", "shop")));
        Assert.That(ConnectionRules.Parse("other", (await backend.FindAsync(SecretKind.Connection, "other", CancellationToken.None))!).Host, Is.EqualTo("dw"));
        Assert.That(await backend.FindAsync(SecretKind.Connection, "third", CancellationToken.None), Is.Null);
        Assert.That(await backend.FindAsync(SecretKind.Variable, "shop", CancellationToken.None), Is.Null, "of Variables it knows nothing");
    }

    [TestCase("v.json", """{"bucket": "lake", "limit": 5, "list": ["a", "b"], "empty": ""}""")]
    [TestCase("v.yaml", "bucket: lake\nlimit: 5\nlist: [a, b]\nempty: ''\n")]
    public async Task A_variable_is_a_text_or_json(string file, string text)
    {
        var backend = Backend(file, text, "variables_file_path");
        foreach (var (key, value) in new[] { ("bucket", "lake"), ("limit", "5"), ("list", "[\"a\",\"b\"]"), ("empty", "") })
            Assert.That(await backend.FindAsync(SecretKind.Variable, key, CancellationToken.None), Is.EqualTo(value), key);
    }

    [Test]
    public async Task A_changed_file_counts_at_once()
    {
        var backend = Backend("v.env", "bucket=old", "variables_file_path");
        Assert.That(await backend.FindAsync(SecretKind.Variable, "bucket", CancellationToken.None), Is.EqualTo("old"));
        await File.WriteAllTextAsync(_folder["v.env"], "bucket=new");
        Assert.That(await backend.FindAsync(SecretKind.Variable, "bucket", CancellationToken.None), Is.EqualTo("new"));
    }

    [TestCase("c.json", "{ s3cret", "is not JSON (line 1")]
    [TestCase("c.yaml", "a: [s3cret", "is not YAML (line ")]
    [TestCase("c.env", "s3cret", "must be name=text")]
    [TestCase("c.env", "x=s3cret\nx=s3cret", "names something twice")]
    [TestCase("c.txt", "s3cret", "Its name must end in .json, .yaml or .env.")]
    [TestCase("c.json", "[\"s3cret\"]", "must hold one object")]
    [TestCase("c.json", """{"x": ["s3cret", "s3cret"]}""", "has 2 connections 'x'. Leave one.")]
    [TestCase("c.json", """{"x": 5}""", "Connection 'x' must be an object")]
    public void A_bad_file_says_what_is_wrong_without_what_is_in_it(string file, string text, string words)
    {
        var backend = Backend(file, text, "connections_file_path");
        Assert.That(() => backend.FindAsync(SecretKind.Connection, "x", CancellationToken.None), Throws.TypeOf<SecretsBackendException>().With.Message.Contains(words).And.Message.Not.Contains("s3cret"));
    }

    [Test]
    public void A_file_that_is_not_there_is_named()
    {
        var backend = BuiltInSecretsBackends.Create("LocalFilesystemBackend", $$"""{"connections_file_path": "{{_folder["gone.env"]}}"}""");
        Assert.That(() => backend.FindAsync(SecretKind.Connection, "x", CancellationToken.None), Throws.TypeOf<SecretsBackendException>().With.Message.Contains("There is no file").And.Message.Contains("gone.env"));
    }

    [TestCase("LocalFilesystemBackend", null, "The local files are not named.")]
    [TestCase("LocalFilesystemBackend", "[]", "must be a JSON object")]
    [TestCase("LocalFilesystemBackend", "{", "must be a JSON object")]
    [TestCase("LocalFilesystemBackend", """{"connection_file_path": "x"}""", "has no 'connection_file_path'. Did you mean 'connections_file_path'?")]
    [TestCase("LocalFilesystemBackend", """{"connections_file_path": 5}""", "'connections_file_path' of the secrets backend must be a text or null.")]
    [TestCase("SystemsManagerParameterStoreBackend", """{"region_name": "eu-central-1", "variables_lookup_pattern": "("}""", "'variables_lookup_pattern' of the secrets backend is no regular expression")]
    [TestCase("VaultBackend", null, "There is no secrets backend 'VaultBackend'. Name one of LocalFilesystemBackend, SecretsManagerBackend, SystemsManagerParameterStoreBackend.")]
    public void What_it_is_told_must_fit(string name, string? kwargs, string words) =>
        Assert.That(() => BuiltInSecretsBackends.Create(name, kwargs), Throws.TypeOf<SecretsBackendException>().With.Message.Contains(words));

    private ISecretsBackend Backend(string file, string text, string kwarg)
    {
        File.WriteAllText(_folder[file], text);
        return BuiltInSecretsBackends.Create("airflow.secrets.local_filesystem.LocalFilesystemBackend", $$"""{"{{kwarg}}": "{{_folder[file]}}"}""");
    }
}

using System.Globalization;
using Pipelines.TestKit;
using Pipelines.TestKit.Faults;

namespace Pipelines.AcceptanceTests.Cornered;

/// <summary>The PostgreSQL that <c>standalone</c> and <c>localcloud</c> bring along dies under them.</summary>
public sealed class OwnDatabaseTests
{
    private TemporaryDirectory _folder = null!;

    [SetUp]
    public void MakeFolder() => _folder = new TemporaryDirectory();

    [TearDown]
    public void DeleteFolder() => _folder.Dispose();

    [Test]
    public async Task Standalone_starts_it_again_and_ends_with_words_when_it_cannot()
    {
        await using var standalone = CommandLine.Start(["standalone", "--port", "0", "--data-dir", _folder.Path, "--workflows", _folder.Path]);
        await standalone.LineAsync(line => line.Contains("is running on", StringComparison.Ordinal));

        Kill("postgres");
        await standalone.LineAsync(line => line.EndsWith("runs again.", StringComparison.Ordinal));
        var listed = await CommandLine.RunAsync(["dags", "list", "--data-dir", _folder.Path]);
        Assert.That(listed.ExitCode, Is.Zero, listed.Error);
        Assert.That(standalone.Error, Does.Contain($"PostgreSQL in {_folder["postgres"]} has ended by itself (signal 9). It is started again in 0.5 s"));

        Directory.Move(_folder["postgres", "cluster", "global"], _folder["gone"]);
        Kill("postgres");
        var end = await standalone.EndAsync();
        Assert.That(end.ExitCode, Is.EqualTo(1));
        Assert.That(end.Error, Does.Contain("pipelines: PostgreSQL in ").And.Contain("is given up. Mend what ").And.Not.Contain("   at Pipelines.Cli"));
    }

    [Test]
    public async Task Localcloud_starts_it_again()
    {
        await using var cloud = CommandLine.Start(["localcloud", "--data-dir", _folder.Path, "--postgres-port", "0", "--s3-port", "0", "--redshift-port", "0"]);
        await cloud.LineAsync(line => line.Contains("LocalCloud is running", StringComparison.Ordinal));
        string[] databases = [.. cloud.Output.Split('\n').Where(line => line.Contains("psql", StringComparison.Ordinal)).Select(line => line.Split('\'')[1])];

        Kill("postgres");
        await cloud.LineAsync(line => line.EndsWith("runs again.", StringComparison.Ordinal));

        foreach (var database in databases) await Script.RunAsync(Npgsql(new Uri(database)), "SELECT 1");
        Assert.That(databases, Has.Length.EqualTo(2));
    }

    private void Kill(string folder) =>
        Signal.Send(int.Parse(File.ReadLines(_folder[folder, "cluster", "postmaster.pid"]).First(), CultureInfo.InvariantCulture), Signal.Kill);

    private static string Npgsql(Uri uri) => string.Create(CultureInfo.InvariantCulture,
        $"Host={uri.Host};Port={uri.Port};Database={uri.AbsolutePath[1..]};Username={uri.UserInfo.Split(':')[0]};Password={Uri.UnescapeDataString(uri.UserInfo.Split(':')[1])};Pooling=false;Server Compatibility Mode=Redshift");
}

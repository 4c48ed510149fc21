using System.Text;
using System.Text.Json.Nodes;
using Pipelines.Engine.Scheduling;
using Pipelines.Model.Dags;
using Pipelines.Storage;
using Pipelines.Storage.Dags;
using Pipelines.TestKit;

namespace Pipelines.IntegrationTests.Scheduling;

/// <summary>Template files of the folder (airflow-semantics.md §22, §25): read from it, kept with the version, looked at like the DAG file itself.</summary>
public class TemplateFolderTests
{
    private EngineBench _bench = null!;

    [SetUp]
    public async Task CreateAsync() => _bench = await EngineBench.CreateAsync();

    [TearDown]
    public async Task DropAsync() => await _bench.DisposeAsync();

    [Test]
    public async Task A_run_keeps_the_file_that_it_began_with_and_the_next_has_the_new_one()
    {
        WriteFile("load.sql", "SELECT 1");
        await AddAsync("load.sql");
        var old = await _bench.TriggerAsync("d");

        WriteFile("load.sql", "SELECT 22");
        await _bench.SyncAsync();

        var current = await CurrentAsync();
        Assert.That((current.VersionNumber, current.Templates["load.sql"]), Is.EqualTo((2, "SELECT 22")));
        var run = await _bench.RunAsync(old.Id);
        var kept = await _bench.Database.InTransactionAsync(tx => _bench.Get<DagVersions>().OfRunAsync(tx, run));
        Assert.That(kept.TemplateFiles.Texts["load.sql"], Is.EqualTo("SELECT 1"));
    }

    [Test]
    public async Task A_version_that_no_run_has_used_takes_a_changed_file_over()
    {
        WriteFile("load.sql", "SELECT 1");
        await AddAsync("load.sql");
        WriteFile("load.sql", "SELECT 22");
        await _bench.SyncAsync();
        Assert.That(((await CurrentAsync()).VersionNumber, (await CurrentAsync()).Templates["load.sql"]), Is.EqualTo((1, "SELECT 22")));
    }

    [Test]
    public async Task A_file_that_goes_is_an_error_and_the_last_good_version_goes_on_until_it_is_back()
    {
        WriteFile("load.sql", "SELECT 1");
        await AddAsync("load.sql");
        File.Delete(Path.Combine(_bench.Folder, "load.sql"));
        await _bench.SyncAsync();

        var error = (await ErrorsAsync()).Single();
        Assert.That((error.File, error.Message), Is.EqualTo(("d.json",
            $"Input 'sql' names the template file 'load.sql', which is not there: looked for {Path.Combine(_bench.Folder, "load.sql")}. Put it there, or correct the name. If it is no file, end the text with a space.")));
        Assert.That((await CurrentAsync()).Templates["load.sql"], Is.EqualTo("SELECT 1"));
        await _bench.TriggerAsync("d");

        WriteFile("load.sql", "SELECT 333");
        await _bench.SyncAsync();
        Assert.That(await ErrorsAsync(), Is.Empty);
        Assert.That((await CurrentAsync()).Templates["load.sql"], Is.EqualTo("SELECT 333"));
    }

    [Test]
    public async Task The_search_path_comes_after_the_folder_of_the_dag_file()
    {
        WriteFile("sql/load.sql", "{% include 'part.sql' %}");
        WriteFile("shared/part.sql", "SELECT 1");
        await AddAsync("load.sql", ("templateSearchPath", new JsonArray("sql", "shared")));
        Assert.That((await CurrentAsync()).Templates, Is.EquivalentTo(new Dictionary<string, string> { ["load.sql"] = "{% include 'part.sql' %}", ["part.sql"] = "SELECT 1" }));

        WriteFile("sql/part.sql", "SELECT 22");
        await _bench.SyncAsync();
        Assert.That((await CurrentAsync()).Templates["part.sql"], Is.EqualTo("SELECT 22"));
    }

    [Test]
    public async Task A_folder_of_the_search_path_that_is_not_there_is_warned_of_until_it_is()
    {
        WriteFile("load.sql", "SELECT 1");
        await AddAsync("load.sql", ("templateSearchPath", new JsonArray("sql")));
        Assert.That((await WarningsAsync()).Single().Message, Does.Contain("'templateSearchPath' names the folder 'sql', which is not there: looked for"));

        WriteFile("sql/other.sql", "SELECT 1");
        await _bench.SyncAsync();
        Assert.That(await WarningsAsync(), Is.Empty);
    }

    [Test]
    public async Task A_link_that_leads_out_of_the_folder_is_refused_and_one_within_is_followed()
    {
        using var outside = new TemporaryDirectory();
        await File.WriteAllTextAsync(Path.Combine(outside.Path, "secret.sql"), "SELECT secret");
        Directory.CreateSymbolicLink(Path.Combine(_bench.Folder, "away"), outside.Path);
        File.CreateSymbolicLink(Path.Combine(_bench.Folder, "load.sql"), Path.Combine(outside.Path, "secret.sql"));
        await AddAsync("load.sql");
        Assert.That((await ErrorsAsync()).Single().Message, Does.Contain("is a link that leads out of the DAG folder"));
        await AddAsync("away/secret.sql");
        Assert.That((await ErrorsAsync()).Single().Message, Does.Contain("is a link that leads out of the DAG folder"));

        // As a ConfigMap of Kubernetes is mounted.
        WriteFile("..data/real.sql", "SELECT 1");
        File.CreateSymbolicLink(Path.Combine(_bench.Folder, "real.sql"), "..data/real.sql");
        await AddAsync("real.sql");
        Assert.That(await ErrorsAsync(), Is.Empty);
        Assert.That((await CurrentAsync()).Templates["real.sql"], Is.EqualTo("SELECT 1"));
    }

    [Test]
    public async Task What_is_no_text_or_too_long_is_refused()
    {
        await File.WriteAllBytesAsync(Path.Combine(_bench.Folder, "latin.sql"), Encoding.Latin1.GetBytes("SELECT 'ü'"));
        WriteFile("nul.sql", "SELECT '\0'");
        WriteFile("long.sql", new string(' ', (1 << 20) + 1));
        Directory.CreateDirectory(Path.Combine(_bench.Folder, "folder.sql"));
        foreach (var (file, fault) in new[] { ("latin.sql", "is not UTF-8"), ("nul.sql", "holds a NUL character"), ("long.sql", "is longer than 1 MB"), ("folder.sql", "is a folder") })
        {
            await AddAsync(file);
            Assert.That((await ErrorsAsync()).Single().Message, Does.Contain(fault));
        }
    }

    private Task AddAsync(string sql, params (string Name, JsonNode Value)[] settings) => _bench.AddDagAsync("d", "a", _ => [("sql", sql)], settings);

    private void WriteFile(string name, string text)
    {
        var path = Path.Combine(_bench.Folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }

    private Task<IReadOnlyList<DagWarning>> WarningsAsync() => _bench.Database.InTransactionAsync(tx => DagWarningTable.ListAsync(tx, null));

    private Task<IReadOnlyList<DagFileError>> ErrorsAsync() => _bench.Database.InTransactionAsync(ImportErrorTable.ListAsync);

    private Task<DagVersion> CurrentAsync() => _bench.Database.InTransactionAsync(async Task<DagVersion> (Transaction tx) =>
        (await DagVersionTable.FindAsync(tx, (await DagTable.FindAsync(tx, "d"))!.CurrentVersionId!.Value))!);
}

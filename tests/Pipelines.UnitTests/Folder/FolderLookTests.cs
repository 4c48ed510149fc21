using Pipelines.Engine.Folder;
using Pipelines.TestKit;

namespace Pipelines.UnitTests.Folder;

/// <summary>What of the DAG folder is read again (airflow-semantics.md §25): what has changed, and that when nobody is writing it any more.</summary>
public sealed class FolderLookTests : IDisposable
{
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(30);

    private readonly TemporaryDirectory _folder = new();
    private readonly Dictionary<string, string> _versions = new() { ["a.json"] = "1", ["b.json"] = "1" };
    private Dictionary<string, StoredFile>? _stored;

    public void Dispose() => _folder.Dispose();

    [SetUp]
    public void Fill()
    {
        foreach (var file in new[] { "a.json", "b.json", "shared.sql" }) Write(file, "old", age: TimeSpan.FromHours(1));
        Assert.That(Look(), Is.EqualTo(new[] { "a.json", "b.json" }), "at first all are read");
    }

    [Test]
    public void What_has_not_changed_is_not_read_again() => Assert.That(Look(), Is.Empty);

    [Test]
    public void What_was_written_is_read()
    {
        Write("b.json", "new!", age: TimeSpan.FromMinutes(1));
        Assert.That((Look(), Look()), Is.EqualTo((new[] { "b.json" }, Array.Empty<string>())));
    }

    [Test]
    public void A_changed_template_file_has_those_read_that_use_it()
    {
        Write("shared.sql", "new!", age: TimeSpan.FromMinutes(1));
        Assert.That(Look(), Is.EqualTo(new[] { "a.json" }));
    }

    [Test]
    public void A_template_file_that_was_missed_is_waited_for()
    {
        _stored!["b.json"] = _stored["b.json"] with { Marks = new Dictionary<string, FileMark>(_stored["b.json"].Marks) { [Path.Combine(_folder.Path, "sql/none.sql")] = FileMark.None } };
        Assert.That(Look(), Is.Empty);
        Write("sql/none.sql", "", age: TimeSpan.FromMinutes(1));
        Assert.That(Look(), Is.EqualTo(new[] { "b.json" }));
    }

    [Test]
    public void What_somebody_may_still_be_writing_is_left_for_the_next_look()
    {
        Write("b.json", "ha", age: TimeSpan.Zero);
        Assert.That((Look(out var look), look.HasYoung), Is.EqualTo((Array.Empty<string>(), true)));
        Write("b.json", "half and more", age: TimeSpan.FromMinutes(1));
        Assert.That((Look(out look), look.HasYoung), Is.EqualTo((new[] { "b.json" }, false)));
    }

    [Test]
    public void A_clock_far_ahead_on_a_file_server_holds_nothing_up()
    {
        Write("b.json", "new!", age: TimeSpan.FromHours(-1));
        Assert.That(Look(), Is.EqualTo(new[] { "b.json" }));
    }

    [Test]
    public void What_another_process_has_stored_meanwhile_is_read_again()
    {
        _versions["b.json"] = "2";
        Assert.That((Look(), Look()), Is.EqualTo((new[] { "b.json" }, Array.Empty<string>())));
    }

    [Test]
    public void A_file_that_could_not_be_stored_is_read_again()
    {
        Write("b.json", "new!", age: TimeSpan.FromMinutes(1));
        var look = new FolderLook(_folder.Path, ["a.json", "b.json"], _stored, Quiet, _versions);
        _stored = look.Stored(_versions);
        Assert.That(Look(), Is.EqualTo(new[] { "b.json" }));
    }

    [Test]
    public void With_other_plugins_all_is_read_and_what_came_to_the_same_need_not_be_stored()
    {
        var look = new FolderLook(_folder.Path, ["a.json", "b.json"], _stored, Quiet, _versions, readsAll: true);
        Assert.That(look.Changed, Is.EqualTo(new[] { "a.json", "b.json" }));
        Assert.That((look.IsStored("a.json", "meaning"), look.IsStored("a.json", "another"), look.IsStored("a.json", null)), Is.EqualTo((true, false, false)));

        _versions["a.json"] = "stored by another process";
        Assert.That(new FolderLook(_folder.Path, ["a.json", "b.json"], _stored, Quiet, _versions, readsAll: true).IsStored("a.json", "meaning"), Is.False);
        Assert.That(new FolderLook(_folder.Path, ["a.json", "b.json"], _stored, Quiet, _versions).IsStored("b.json", "meaning"), Is.False, "a file that was written is stored, also when it says the same");
    }

    private string[] Look() => Look(out _);

    private string[] Look(out FolderLook look)
    {
        look = new FolderLook(_folder.Path, ["a.json", "b.json"], _stored, Quiet, _versions);
        foreach (var file in look.Changed)
        {
            var templates = new TemplateFolder(_folder.Path, file);
            if (file == "a.json") templates.Find("shared.sql", []);
            look.Keep(file, templates, "meaning");
        }
        _stored = look.Stored(_versions);
        return [.. look.Changed];
    }

    private void Write(string name, string text, TimeSpan age)
    {
        var path = Path.Combine(_folder.Path, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        File.SetLastWriteTimeUtc(path, DateTime.UtcNow - age);
    }
}

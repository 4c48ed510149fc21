using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Pipelines.Engine;
using Pipelines.Engine.Folder;
using Pipelines.TestKit;

namespace Pipelines.UnitTests.Folder;

/// <summary>A change in the folder rings; nothing here waits for time but for the ring itself.</summary>
public sealed class FolderWatchTests : IDisposable
{
    // A ring that does not come fails the test after so long.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly TemporaryDirectory _folder = new();
    private readonly Bell _bell = new();

    public void Dispose() => _folder.Dispose();

    [Test]
    public async Task A_file_that_is_made_changed_replaced_or_deleted_rings()
    {
        using var watch = Watch(_folder.Path);
        var path = Path.Combine(_folder.Path, "d.json");
        await File.WriteAllTextAsync(path, "{}");
        await RingAsync();
        await File.AppendAllTextAsync(path, " ");
        await RingAsync();
        await File.WriteAllTextAsync(Path.Combine(_folder.Path, ".d.json.tmp"), "{}");
        File.Move(Path.Combine(_folder.Path, ".d.json.tmp"), path, overwrite: true);
        await RingAsync();
        File.Delete(path);
        await RingAsync();
    }

    [Test]
    public async Task A_template_file_in_a_subfolder_rings()
    {
        Directory.CreateDirectory(_folder["sql"]);
        using var watch = Watch(_folder.Path);
        await File.WriteAllTextAsync(_folder["sql", "load.sql"], "SELECT 1");
        await RingAsync();
    }

    [Test]
    public async Task A_folder_that_is_put_in_the_place_of_another_is_watched()
    {
        var (one, two, link) = (_folder["one"], _folder["two"], _folder["workflows"]);
        Directory.CreateDirectory(one);
        Directory.CreateDirectory(two);
        Directory.CreateSymbolicLink(link, one);
        using var watch = Watch(link);
        Directory.Delete(link);
        Directory.CreateSymbolicLink(link, two);
        watch.Arm();
        await File.WriteAllTextAsync(Path.Combine(two, "d.json"), "{}");
        await RingAsync();
    }

    [Test]
    public async Task A_folder_that_is_made_later_is_watched()
    {
        using var watch = Watch(_folder["later"]);
        Directory.CreateDirectory(_folder["later"]);
        watch.Arm();
        await File.WriteAllTextAsync(Path.Combine(_folder["later"], "d.json"), "{}");
        await RingAsync();
    }

    [Test]
    public void A_burst_rings_once()
    {
        var time = new FakeTimeProvider();
        using var watch = new FolderWatch(_folder.Path, TimeSpan.FromSeconds(1), _bell, time, NullLogger.Instance);
        for (var i = 0; i < 100; i++) watch.RingSoon();
        var ring = _bell.WaitAsync(Timeout.InfiniteTimeSpan, TimeProvider.System, CancellationToken.None);
        Assert.That(ring.IsCompleted, Is.False, "not before a moment has passed");
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.That(ring.Wait(Patience), Is.True);
        var another = _bell.WaitAsync(Timeout.InfiniteTimeSpan, TimeProvider.System, CancellationToken.None);
        time.Advance(TimeSpan.FromHours(1));
        Assert.That(another.IsCompleted, Is.False);
    }

    private FolderWatch Watch(string folder)
    {
        var watch = new FolderWatch(folder, TimeSpan.Zero, _bell, TimeProvider.System, NullLogger.Instance);
        watch.Arm();
        return watch;
    }

    private Task RingAsync() => _bell.WaitAsync(Timeout.InfiniteTimeSpan, TimeProvider.System, CancellationToken.None).WaitAsync(Patience);
}

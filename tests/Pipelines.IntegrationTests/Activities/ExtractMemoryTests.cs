using Pipelines.Activities;

namespace Pipelines.IntegrationTests.Activities;

/// <summary>Alone in the process while it measures: what other tests hold would count as the extract's.</summary>
[NonParallelizable]
public sealed class ExtractMemoryTests
{
    private const int Megabyte = 1024 * 1024;

    [Test]
    public async Task Live_memory_stays_far_below_the_size_of_what_is_extracted()
    {
        await using var path = await DataPath.StartAsync();
        var task = path.Task("extract");
        var before = GC.GetTotalMemory(forceFullCollection: true);
        long most = 0;
        var reports = 0;
        task.OnProgress = _ =>
        {
            if (reports++ % 5 == 0) most = Math.Max(most, GC.GetTotalMemory(forceFullCollection: true) - before);
        };

        var extract = await task.SucceedAsync(new ExtractToS3(), DataPath.Inputs(
            ("bucket", DataPath.Bucket), ("query", "SELECT i, repeat(md5(i::text), 16) AS noise FROM generate_series(1, 300000) AS i"), ("compression", "none")));

        Assert.That(extract["bytes"]!.GetValue<long>(), Is.GreaterThan(140 * Megabyte));
        // The reader is at most a few MB ahead, so there must be at least this many looks at the memory.
        Assert.That(reports, Is.GreaterThan(25));
        Assert.That(most, Is.LessThan(64 * Megabyte));
    }
}

namespace Pipelines.IntegrationTests.Studio;

/// <summary>The events of an open editor, over real HTTP.</summary>
public sealed class DraftStreamTests
{
    [Test]
    public async Task An_open_editor_hears_at_once_and_does_not_keep_the_host_from_stopping()
    {
        await using var site = await StudioSite.StartAsync();
        using var answer = await site.Admin.GetAsync("/ui/studio/any/events", HttpCompletionOption.ResponseHeadersRead);
        Assert.That(answer.Content.Headers.ContentType?.MediaType, Is.EqualTo("text/event-stream"));
        using var events = new StreamReader(await answer.Content.ReadAsStreamAsync());
        string? line;
        do line = await events.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(10));
        while (line is not null && !line.StartsWith("event:", StringComparison.Ordinal));
        Assert.That(line, Is.EqualTo("event: changed"), "what was missed before is read now");

        await site.StopAsync().WaitAsync(TimeSpan.FromSeconds(15));
    }
}

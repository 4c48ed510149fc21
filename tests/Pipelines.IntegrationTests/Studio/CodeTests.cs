using System.Net;
using Pipelines.Engine.Operations;
using Pipelines.Model.Runs;
using Pipelines.TestKit;

namespace Pipelines.IntegrationTests.Studio;

/// <summary>Activities that run code: refused to the designer unless the host lets it, and never telling a secret.</summary>
public sealed class CodeTests
{
    [Test]
    public async Task The_designer_neither_publishes_nor_tests_code_unless_it_may()
    {
        await using var site = await StudioSite.StartAsync();
        var draft = (await site.Admin.CreateAsync("coded")).With("script", "Bash", ("bashCommand", "echo ran"));
        await site.Admin.SaveAsync(draft);

        var words = await site.Admin.RefusedAsync(HttpStatusCode.BadRequest, "/workflow-definitions/coded/publish");
        Assert.That(words, Does.Contain("Task 'script' is of type Bash").And.Contain("PIPELINES_DESIGNER_ALLOW_CODE"));
        Assert.That(File.Exists(site.PathOf("coded")), Is.False);
        var tested = await site.Admin.TestAsync(draft, "script");
        Assert.That((string?)tested["status"], Is.EqualTo("Faulted"));
        Assert.That((string?)tested["exception"]!["message"], Does.Contain("PIPELINES_DESIGNER_ALLOW_CODE"));
    }

    [Test]
    public async Task Code_that_prints_a_secret_prints_stars()
    {
        Need.Tool("setsid");
        await using var site = await StudioSite.StartWithCodeAsync();
        await site.Get<SetVariable>().ExecuteAsync("api_token", "Tr0ub4dor&3", null, new Actor("test", RunTriggeredBy.Cli), CancellationToken.None);
        var draft = (await site.Admin.CreateAsync("coded")).With("script", "Bash", ("bashCommand", "echo \"{{ var.value.api_token }}\"; echo \"{{ var.value.api_token }}\" >&2; exit 4"));
        await site.Admin.SaveAsync(draft, publish: true);

        var tested = await site.Admin.TestAsync(draft, "script");
        Assert.That(tested.ToJsonString(), Does.Not.Contain("Tr0ub4dor"));
        Assert.That((string?)tested["exception"]!["message"], Does.Contain("exited with code 4").And.Contain("\n***\n"));
        Assert.That((string?)tested["activityState"]!["Log"], Does.Contain("***"));
    }
}

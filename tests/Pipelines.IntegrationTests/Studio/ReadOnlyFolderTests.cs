using System.Net;
using System.Text.Json.Nodes;

namespace Pipelines.IntegrationTests.Studio;

public class ReadOnlyFolderTests
{
    [Test]
    public async Task A_read_only_folder_makes_studio_read_only()
    {
        await using var site = await StudioSite.StartAsync(writable: false);
        var list = await site.Admin.ReadAsync("/workflow-definitions?versionOptions=Latest");
        Assert.That(list["links"]!.AsArray(), Is.Empty);
        var model = new JsonObject { ["name"] = "no", ["root"] = new JsonObject { ["id"] = "f", ["type"] = "Elsa.Flowchart" } };
        Assert.That(await site.Admin.RefusedAsync(HttpStatusCode.Conflict, "/workflow-definitions", new JsonObject { ["model"] = model }), Does.Contain("read-only"));
    }
}

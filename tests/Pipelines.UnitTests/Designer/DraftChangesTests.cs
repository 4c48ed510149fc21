using Pipelines.Model.Designer;
using Pipelines.UnitTests.Dags;

namespace Pipelines.UnitTests.Designer;

public sealed class DraftChangesTests
{
    [Test]
    public void Each_change_is_one_sentence()
    {
        var before = new DagText().Set("schedule", "@daily").Task("a").Task("b").Task("c").Edge("a", "b").Definition.ToJsonString();
        var changed = new DagText().Set("schedule", "@hourly").Task("a").Task("b", ("where", DagText.Input("x"))).Task("d").Edge("b", "d");
        changed.Activities[1]!["name"] = "first";
        Assert.That(DraftChanges.Between(before, changed.Definition.ToJsonString()), Is.EqualTo(new[]
        {
            "setting schedule changed", "task a renamed to first", "task b: input where added", "task d added", "task c removed",
            "connection b → d added", "connection first → b removed",
        }));
    }

    [Test]
    public void Another_port_is_another_connection()
    {
        string Text(string port) => new DagText().Branch("choose").Task("a").Edge("choose", "a", port).Definition.ToJsonString();
        Assert.That(DraftChanges.Between(Text("Done"), Text("Else")), Is.EqualTo(new[] { "connection choose (Else) → a added", "connection choose → a removed" }));
    }

    [Test]
    public void The_same_list_in_another_syntax_is_no_change() =>
        Assert.That(DraftChanges.Between(
            new DagText().Set("tags", "[\"a\"]").Task("a").Definition.ToJsonString(),
            new DagText().Set("tags", "[\"a\"]", "Object").Task("a").Definition.ToJsonString()),
            Is.EqualTo(new[] { "only the layout or the form of the file changed; runs stay the same" }));

    [Test]
    public void A_known_activity_with_a_new_name_is_warned_of()
    {
        var renamed = new DagText().Task("a");
        renamed.Activities[1]!["name"] = "b";
        var warnings = DraftChanges.RenameWarnings(new DagText().Task("a").Definition.ToJsonString(), renamed.Definition.ToJsonString());
        Assert.That(warnings.Single(), Does.Contain("'a'").And.Contain("'b'").And.Contain("history"));
        Assert.That(DraftChanges.RenameWarnings(null, renamed.Definition.ToJsonString()), Is.Empty);
    }

    [Test]
    public void A_published_file_that_is_broken_counts_as_empty() =>
        Assert.That(DraftChanges.Between("{ broken", new DagText().Task("a").Definition.ToJsonString()), Does.Contain("task a added"));
}

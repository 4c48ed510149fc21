using Pipelines.Model.Runs;

namespace Pipelines.UnitTests.Runs;

public sealed class RunIdsTests
{
    private static readonly DateTimeOffset Midnight = DateTimeOffset.Parse("2026-01-01T02:00:00+02:00", null);

    [Test]
    public void Ids_are_written_as_Airflow_writes_them() => Assert.Multiple(() =>
    {
        Assert.That(RunIds.Scheduled(Midnight), Is.EqualTo("scheduled__2026-01-01T00:00:00+00:00"));
        Assert.That(RunIds.Backfill(Midnight), Is.EqualTo("backfill__2026-01-01T00:00:00+00:00"));
        Assert.That(RunIds.Manual(Midnight.AddMicroseconds(1500)), Is.EqualTo("manual__2026-01-01T00:00:00.001500+00:00"));
        Assert.That(RunIds.ManualWithoutLogicalDate(Midnight, "aB3dE6gH"), Is.EqualTo("manual__2026-01-01T00:00:00+00:00_aB3dE6gH"));
    });

    [Test]
    public void Our_own_manual_ids_and_free_names_are_allowed() =>
        Assert.That(new[] { RunIds.Manual(Midnight), "my-run~1:a+b.c_D", new string('x', 250) }.Select(RunIds.FindProblem), Is.All.Null);

    [TestCase("", "1 to 250")]
    [TestCase("a b", "characters")]
    [TestCase("a/b", "characters")]
    [TestCase("ünicode", "characters")]
    [TestCase("a\n", "characters")]
    [TestCase("a..b", "'..'")]
    [TestCase("scheduled__mine", "'scheduled__'")]
    [TestCase("backfill__2026", "'backfill__'")]
    [TestCase("asset_triggered__x", "'asset_triggered__'")]
    public void A_bad_id_says_why(string runId, string words) => Assert.That(RunIds.FindProblem(runId), Does.Contain(words));

    [Test]
    public void A_long_id_says_how_long() => Assert.That(RunIds.FindProblem(new string('x', 251)), Does.Contain("251"));
}

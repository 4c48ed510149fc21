using Pipelines.Model.Runs;

namespace Pipelines.UnitTests.Runs;

public sealed class RunPromotionTests
{
    private static readonly DateTimeOffset Now = Sample.Now;

    [Test]
    public void A_due_run_with_a_free_place_starts() => Assert.That(Decide(Queued(), running: 15).Promoted, Is.True);

    [Test]
    public void A_run_after_now_waits_for_its_moment_and_starts_exactly_at_it()
    {
        var run = Queued() with { RunAfter = Now };
        var early = RunPromotion.Decide(run, 0, 16, false, Now.AddTicks(-1));
        Assert.Multiple(() =>
        {
            Assert.That(early, Is.EqualTo(new RunPromotion(false, "waits for its time, 2026-01-02 12:00:00 UTC", Now)));
            Assert.That(Decide(run).Promoted, Is.True);
        });
    }

    [Test]
    public void A_logical_date_ahead_holds_the_run_too() =>
        Assert.That(Decide(Queued() with { LogicalDate = Now.AddHours(2) }).WakeAt, Is.EqualTo(Now.AddHours(2)));

    [Test]
    public void The_limit_is_named() => Assert.Multiple(() =>
    {
        Assert.That(Decide(Queued(), running: 16).Reason, Is.EqualTo("waits for another run to end: 16 of at most 16 are running (max_active_runs of the DAG)"));
        Assert.That(Decide(Queued() with { BackfillId = 3 }, running: 16).Reason, Does.Contain("max_active_runs of the backfill"));
    });

    [Test]
    public void A_paused_DAG_promotes_nothing() =>
        Assert.That(RunPromotion.Decide(Queued(), 0, 16, dagPaused: true, Now).Reason, Is.EqualTo("the DAG is paused: unpause it to let its runs go on"));

    [Test]
    public void An_unfinished_backfill_holds_its_runs_while_it_is_paused_and_before_its_start()
    {
        var run = Queued() with { BackfillId = 7 };
        RunPromotion Held(bool paused, DateTimeOffset? startAt) => RunPromotion.Decide(run, 0, 16, false, Now, new BackfillHold(7, paused, startAt));
        Assert.Multiple(() =>
        {
            Assert.That(Held(true, null).Reason, Is.EqualTo("backfill 7 is paused: resume it to let its runs go on"));
            Assert.That(Held(false, Now.AddHours(1)), Is.EqualTo(new RunPromotion(false, "backfill 7 starts at 2026-01-02 13:00:00 UTC", Now.AddHours(1))));
            Assert.That(Held(false, Now).Promoted, Is.True);
            Assert.That(Decide(run).Promoted, Is.True, "Nothing holds what a backfill left that is over.");
        });
    }

    [TestCase(DagRunState.Running)]
    [TestCase(DagRunState.Failed)]
    public void Only_queued_runs_are_promoted(DagRunState state) => Assert.That(Decide(Sample.Run(state)).Promoted, Is.False);

    private static DagRun Queued() => Sample.Run(DagRunState.Queued);

    private static RunPromotion Decide(DagRun run, int running = 0) => RunPromotion.Decide(run, running, 16, dagPaused: false, Now);
}

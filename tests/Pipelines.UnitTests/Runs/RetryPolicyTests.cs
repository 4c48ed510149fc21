using CsCheck;
using Pipelines.Model.Activities;
using Pipelines.Model.Dags;
using Pipelines.Model.Runs;

namespace Pipelines.UnitTests.Runs;

public sealed class RetryPolicyTests
{
    private static readonly DateTimeOffset Ended = DateTimeOffset.Parse("2026-01-02T10:00:00Z", null);

    private static readonly DagTask Load = Sample.Task("load") with { Retries = 3, RetryDelay = TimeSpan.FromSeconds(60) };

    [TestCase(0)]
    [TestCase(1)]
    public void Without_backoff_the_delay_is_constant(double backoff) =>
        Assert.That(
            Enumerable.Range(1, 5).Select(attempt => RetryPolicy.Delay(Load with { RetryExponentialBackoff = backoff }, "shop", Ended, attempt)),
            Is.All.EqualTo(TimeSpan.FromSeconds(60)));

    // Expected: computed with Python's hashlib from dag_id#task_id#logical_date#try_number.
    [TestCase(1, 62)]
    [TestCase(2, 151)]
    [TestCase(3, 287)]
    public void Backoff_spreads_by_Airflows_hash(int attempt, int seconds) =>
        Assert.That(
            RetryPolicy.Delay(Load with { RetryExponentialBackoff = 2 }, "shop", DateTimeOffset.Parse("2026-01-01T00:00:00Z", null), attempt),
            Is.EqualTo(TimeSpan.FromSeconds(seconds)));

    [Test]
    public void The_hash_reads_a_missing_date_and_microseconds_as_Python_writes_them() => Assert.Multiple(() =>
    {
        var task = Load with { RetryExponentialBackoff = 2 };
        Assert.That(RetryPolicy.Delay(task, "shop", null, 1), Is.EqualTo(TimeSpan.FromSeconds(79)));
        Assert.That(
            RetryPolicy.Delay(task, "shop", DateTimeOffset.Parse("2026-01-01T02:00:00.000123+02:00", null), 1),
            Is.EqualTo(TimeSpan.FromSeconds(72)));
    });

    [Test]
    public void A_delay_lies_between_one_and_two_bases_and_under_both_caps() =>
        Gen.Select(Gen.Int[0, 4000], Gen.Double[1.1, 10], Gen.Int[1, 400], Gen.Int[1, 100_000]).Sample((seconds, backoff, attempt, cap) =>
        {
            var task = Load with { RetryDelay = TimeSpan.FromSeconds(seconds), RetryExponentialBackoff = backoff };
            var delay = RetryPolicy.Delay(task, "shop", Ended, attempt).TotalSeconds;
            var low = seconds == 0 ? 1 : Math.Ceiling(seconds * Math.Pow(backoff, attempt - 1));
            return delay >= Math.Min(low, 86400) && delay <= Math.Min((2 * low) - 1, 86400)
                && RetryPolicy.Delay(task with { MaxRetryDelay = TimeSpan.FromSeconds(cap) }, "shop", Ended, attempt).TotalSeconds == Math.Min(delay, cap);
        });

    [TestCase(3, 1, 3, true)]
    [TestCase(3, 3, 3, true)]
    [TestCase(3, 4, 3, false)]
    [TestCase(3, 4, 7, true, TestName = "A_clear_gives_new_attempts_because_max_tries_grew")]
    [TestCase(0, 1, 5, false, TestName = "Without_retries_in_the_DAG_no_attempt_is_left")]
    public void Attempts_are_retries_plus_one(int retries, int tryNumber, int maxTries, bool left) =>
        Assert.That(
            Decide(Load with { Retries = retries }, tryNumber, maxTries, null).Event,
            Is.EqualTo(left ? TaskEvent.Failed : TaskEvent.FailedForGood));

    [Test]
    public void A_failure_that_no_retry_helps_ends_the_task_at_once()
    {
        var decision = Decide(Load, 1, 3, new TaskFailure("no such table", retryable: false));
        Assert.That((decision.Event, decision.NextRetryAt), Is.EqualTo((TaskEvent.FailedForGood, (DateTimeOffset?)null)));
    }

    [TestCase(5, 60, TestName = "Retry_after_sooner_than_the_delay_does_not_shorten_it")]
    [TestCase(600, 600, TestName = "Retry_after_later_than_the_delay_counts")]
    public void Retry_after_is_a_lower_bound(int retryAfter, int expected) =>
        Assert.That(
            Decide(Load, 1, 3, new TaskFailure("throttled", retryAfter: TimeSpan.FromSeconds(retryAfter))).NextRetryAt,
            Is.EqualTo(Ended.AddSeconds(expected)));

    [Test]
    public void The_reason_names_attempt_and_moment() =>
        Assert.That(Decide(Load, 1, 3, null).Reason, Is.EqualTo("attempt 1 of 4 failed; the next starts at 2026-01-02 10:01:00 UTC"));

    private static RetryDecision Decide(DagTask task, int tryNumber, int maxTries, TaskFailure? failure) => RetryPolicy.Decide(
        task, Sample.Run(), Sample.Instance("load", TaskState.Running) with { TryNumber = tryNumber, MaxTries = maxTries }, failure, Ended);
}

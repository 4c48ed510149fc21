using Microsoft.Extensions.Time.Testing;
using Pipelines.Engine;

namespace Pipelines.UnitTests.Execution;

/// <summary>A loop that stopped coming round is named.</summary>
public sealed class PulseTests
{
    [Test]
    public void A_loop_is_late_when_it_did_not_come_round_for_too_long()
    {
        var time = new FakeTimeProvider();
        var pulse = new Pulse(time);
        pulse.Beat("tick");
        pulse.Beat("heartbeat");
        time.Advance(Pulse.LateAfter);
        pulse.Beat("heartbeat");
        Assert.That(pulse.Late(), Is.Empty);

        time.Advance(TimeSpan.FromSeconds(1));
        Assert.That(pulse.Late(), Is.EqualTo(new[] { "tick" }));

        pulse.Beat("tick");
        Assert.That(pulse.Late(), Is.Empty);
    }
}

using CsCheck;
using Pipelines.Engine.Execution.Transport;

namespace Pipelines.UnitTests.Execution;

public sealed class QueueNameTests
{
    [TestCase("default", "default")]
    [TestCase("high_memory", "high__memory")]
    [TestCase("Big.Data", "_42ig_2e_44ata")]
    public void Names_stay_readable(string queue, string expected) => Assert.That(QueueName.ToHangfire(queue), Is.EqualTo(expected));

    [Test]
    public void Every_name_fits_Hangfires_alphabet_and_no_two_queues_share_one()
    {
        var queue = Gen.OneOf(Gen.String, Gen.String[Gen.Char["_a4f.A"], 1, 4]).Where(text => text.Length > 0 && !text.Any(char.IsSurrogate));
        Gen.Select(queue, queue).Sample((one, other) =>
        {
            var name = QueueName.ToHangfire(one);
            return name.All(c => c is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '_' or '-') && name == QueueName.ToHangfire(other) == (one == other);
        });
    }
}

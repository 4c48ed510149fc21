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
    public void Every_name_fits_Hangfires_alphabet_and_comes_back() =>
        Gen.String.Where(text => text.Length > 0 && !text.Any(char.IsSurrogate)).Sample(queue =>
        {
            var name = QueueName.ToHangfire(queue);
            return name.All(c => c is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '_' or '-') && QueueName.FromHangfire(name) == queue;
        });

    [TestCase("a_")]
    [TestCase("a_4")]
    [TestCase("a_zz")]
    public void A_broken_escape_is_refused(string name) => Assert.That(() => QueueName.FromHangfire(name), Throws.TypeOf<FormatException>());
}

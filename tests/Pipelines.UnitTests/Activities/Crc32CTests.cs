using System.Text;
using Pipelines.Activities.S3;

namespace Pipelines.UnitTests.Activities;

public sealed class Crc32CTests
{
    // The check value of the catalogue of parametrised CRC algorithms, and RFC 3720's examples: 32 zeros, 32 ones.
    [TestCase("e3069283", "123456789")]
    [TestCase("8a9136aa", "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0")]
    [TestCase("62a8ab43", "ÿÿÿÿÿÿÿÿÿÿÿÿÿÿÿÿÿÿÿÿÿÿÿÿÿÿÿÿÿÿÿÿ")]
    [TestCase("00000000", "")]
    public void The_published_value_is_computed(string hex, string bytes) =>
        Assert.That(Convert.ToHexStringLower(Convert.FromBase64String(Crc32C.Of(Encoding.Latin1.GetBytes(bytes)))), Is.EqualTo(hex));
}

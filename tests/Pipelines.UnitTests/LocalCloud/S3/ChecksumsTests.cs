using System.Text;
using CsCheck;
using Pipelines.LocalCloud.S3.Objects;

namespace Pipelines.UnitTests.LocalCloud.S3;

public sealed class ChecksumsTests
{
    // The check values of the catalogue of parametrised CRC algorithms, and FIPS 180's for "abc" in the hashes.
    [TestCase(ChecksumAlgorithm.Crc32, "123456789", "cbf43926")]
    [TestCase(ChecksumAlgorithm.Crc32C, "123456789", "e3069283")]
    [TestCase(ChecksumAlgorithm.Crc64Nvme, "123456789", "ae8b14860a799888")]
    [TestCase(ChecksumAlgorithm.Sha1, "abc", "a9993e364706816aba3e25717850c26c9cd0d89d")]
    [TestCase(ChecksumAlgorithm.Sha256, "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")]
    public void The_published_check_value_is_computed(ChecksumAlgorithm algorithm, string text, string hex)
    {
        using var running = new RunningChecksum(algorithm);
        running.Append(Encoding.ASCII.GetBytes(text));
        Assert.That(Convert.ToHexStringLower(running.Digest()), Is.EqualTo(hex));
    }

    [Test]
    public void A_checksum_does_not_depend_on_how_the_bytes_arrive()
    {
        Gen.Select(Gen.Byte.Array[0, 60], Gen.Int[0, 60], Gen.Int[0, 4]).Sample((bytes, cut, algorithm) =>
        {
            using var whole = new RunningChecksum((ChecksumAlgorithm)algorithm);
            using var halves = new RunningChecksum((ChecksumAlgorithm)algorithm);
            whole.Append(bytes);
            halves.Append(bytes.AsSpan(0, Math.Min(cut, bytes.Length)));
            halves.Append(bytes.AsSpan(Math.Min(cut, bytes.Length)));
            return whole.Digest().SequenceEqual(halves.Digest());
        });
    }
}

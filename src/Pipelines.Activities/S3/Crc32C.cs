using System.Buffers.Binary;
using System.Numerics;

namespace Pipelines.Activities.S3;

/// <summary>The checksum that S3 verifies a body by (RFC 3720). Of all that it offers, this is the one that processors have an instruction for.</summary>
internal static class Crc32C
{
    /// <summary>As <c>x-amz-checksum-crc32c</c> has it: big-endian, in Base64.</summary>
    public static string Of(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..]) crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        foreach (var value in bytes) crc = BitOperations.Crc32C(crc, value);
        Span<byte> digest = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(digest, ~crc);
        return Convert.ToBase64String(digest);
    }
}

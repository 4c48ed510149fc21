using System.Buffers.Binary;
using System.Numerics;

namespace Pipelines.LocalCloud.S3.Objects;

/// <summary>
/// A reflected CRC of 32 or 64 bits, eight bytes a step: .NET has neither CRC-32C nor CRC-64/NVME as a running hash. For CRC-32C
/// processors have an instruction.
/// </summary>
internal sealed class Crc
{
    private static readonly ulong[] Ieee = BuildTables(0xEDB88320);
    private static readonly ulong[] Castagnoli = BuildTables(0x82F63B78);
    private static readonly ulong[] Nvme = BuildTables(0x9A6C9329AC4BC9B5);

    private readonly ulong[] _tables;
    private readonly int _bits;
    private ulong _register;

    private Crc(ulong[] tables, int bits)
    {
        _tables = tables;
        _bits = bits;
        _register = Mask;
    }

    private ulong Mask => _bits == 64 ? ulong.MaxValue : uint.MaxValue;

    public static Crc Crc32() => new(Ieee, 32);

    public static Crc Crc32C() => new(Castagnoli, 32);

    public static Crc Crc64Nvme() => new(Nvme, 64);

    public void Append(ReadOnlySpan<byte> data)
    {
        if (_tables == Castagnoli) AppendCastagnoli(data);
        else AppendByTables(data);
    }

    /// <summary>The digest so far, big-endian, 4 or 8 bytes.</summary>
    public byte[] Digest()
    {
        var digest = new byte[_bits / 8];
        if (_bits == 64)
            BinaryPrimitives.WriteUInt64BigEndian(digest, _register ^ Mask);
        else
            BinaryPrimitives.WriteUInt32BigEndian(digest, (uint)(_register ^ Mask));
        return digest;
    }

    private void AppendCastagnoli(ReadOnlySpan<byte> data)
    {
        var crc = (uint)_register;
        for (; data.Length >= 8; data = data[8..])
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(data));
        foreach (var value in data)
            crc = BitOperations.Crc32C(crc, value);
        _register = crc;
    }

    private void AppendByTables(ReadOnlySpan<byte> data)
    {
        var crc = _register;
        var tables = _tables;
        for (; data.Length >= 8; data = data[8..])
        {
            crc ^= BinaryPrimitives.ReadUInt64LittleEndian(data);
            crc = tables[0x700 + (byte)crc] ^ tables[0x600 + (byte)(crc >> 8)]
                ^ tables[0x500 + (byte)(crc >> 16)] ^ tables[0x400 + (byte)(crc >> 24)]
                ^ tables[0x300 + (byte)(crc >> 32)] ^ tables[0x200 + (byte)(crc >> 40)]
                ^ tables[0x100 + (byte)(crc >> 48)] ^ tables[(byte)(crc >> 56)];
        }

        foreach (var value in data)
            crc = (crc >> 8) ^ tables[(byte)crc ^ value];
        _register = crc;
    }

    // Table k (at k * 256) advances a byte that k more bytes follow.
    private static ulong[] BuildTables(ulong polynomial)
    {
        var tables = new ulong[8 * 256];
        for (var value = 0; value < 256; value++)
        {
            var crc = (ulong)value;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc & 1) == 0 ? crc >> 1 : (crc >> 1) ^ polynomial;
            tables[value] = crc;
        }

        for (var index = 256; index < tables.Length; index++)
            tables[index] = (tables[index - 256] >> 8) ^ tables[(byte)tables[index - 256]];
        return tables;
    }
}

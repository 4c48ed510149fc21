using System.Buffers;
using System.Text;

namespace Pipelines.LocalCloud.Redshift.Columns;

/// <summary>Finds and mends bytes that are not UTF-8, NUL among them: PostgreSQL and Redshift store none.</summary>
internal static class Utf8Fault
{
    public static Fault Find(ReadOnlySpan<byte> field)
    {
        int at = 0;
        while (TryStep(field[at..], out int length)) at += length;
        TryStep(field[at..], out int bad);
        return new Fault(1220, $"String contains invalid or unsupported UTF8 codepoints. Bad UTF8 hex sequence: {Hex(field.Slice(at, Math.Max(bad, 1)))} (error {Kind(field[at..])})", at);
    }

    /// <summary>Puts the replacement in the place of each bad byte.</summary>
    public static byte[] Replace(ReadOnlySpan<byte> field, byte replacement)
    {
        byte[] mended = field.ToArray();
        for (int at = 0; at < field.Length;)
        {
            bool isGood = TryStep(field[at..], out int length);
            if (!isGood) mended.AsSpan(at, length).Fill(replacement);
            at += length;
        }
        return mended;
    }

    /// <summary>Up to four bytes as Redshift prints them: e0 a1 c7 a4.</summary>
    public static string Hex(ReadOnlySpan<byte> bytes) =>
        string.Join(' ', Convert.ToHexStringLower(bytes[..Math.Min(4, bytes.Length)]).Chunk(2).Select(pair => new string(pair)));

    /// <returns>False when the bytes do not start with a good character; <paramref name="length"/> is then how many are bad.</returns>
    private static bool TryStep(ReadOnlySpan<byte> rest, out int length)
    {
        bool isGood = Rune.DecodeFromUtf8(rest, out var rune, out length) == OperationStatus.Done && rune.Value != 0;
        length = Math.Max(length, rest.IsEmpty ? 0 : 1);
        return isGood;
    }

    /// <summary>The error numbers of "Multibyte character load errors".</summary>
    private static int Kind(ReadOnlySpan<byte> rest)
    {
        if (rest.IsEmpty || rest[0] is 0 or 254 or 255 or (>= 0x80 and <= 0xBF)) return 3;
        if (rest[0] >= 0xF8) return 1;
        int wanted = rest[0] >= 0xF0 ? 4 : rest[0] >= 0xE0 ? 3 : 2;
        return rest.Length < wanted ? 2 : 4;
    }
}

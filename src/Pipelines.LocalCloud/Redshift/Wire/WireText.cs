using System.Text;

namespace Pipelines.LocalCloud.Redshift.Wire;

/// <summary>Reads the zero-terminated strings inside a payload.</summary>
internal static class WireText
{
    /// <summary>Takes one string off the front of <paramref name="payload"/>.</summary>
    public static string Take(ref ReadOnlySpan<byte> payload)
    {
        int end = payload.IndexOf((byte)0);
        if (end < 0) throw new InvalidDataException("A protocol message holds a string without its end.");
        string text = Encoding.UTF8.GetString(payload[..end]);
        payload = payload[(end + 1)..];
        return text;
    }

    public static string First(ReadOnlyMemory<byte> payload)
    {
        var span = payload.Span;
        return Take(ref span);
    }
}

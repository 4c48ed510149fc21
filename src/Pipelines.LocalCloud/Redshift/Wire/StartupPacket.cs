using System.Buffers.Binary;

namespace Pipelines.LocalCloud.Redshift.Wire;

/// <summary>What a client sends first: a request for encryption, a request to cancel a query, or its parameters.</summary>
internal sealed record StartupPacket(int Code, IReadOnlyDictionary<string, string> Parameters, byte[] Raw)
{
    public const int Version3 = 3 << 16;
    public const int CancelRequest = (1234 << 16) | 5678;
    public const int SslRequest = (1234 << 16) | 5679;
    public const int GssRequest = (1234 << 16) | 5680;

    public string User => Parameters.GetValueOrDefault("user", "");

    public string Database => Parameters.GetValueOrDefault("database", User);

    public static StartupPacket Parse(ReadOnlySpan<byte> payload)
    {
        byte[] raw = payload.ToArray();
        int code = BinaryPrimitives.ReadInt32BigEndian(payload);
        var parameters = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        if (code >> 16 == 3)
        {
            payload = payload[4..];
            while (payload.Length > 1)
            {
                string name = WireText.Take(ref payload);
                parameters[name] = WireText.Take(ref payload);
            }
        }
        return new StartupPacket(code, parameters, raw);
    }
}

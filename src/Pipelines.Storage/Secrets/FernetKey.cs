using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Pipelines.Storage.Secrets;

/// <summary>
/// One key of the Fernet token format (github.com/fernet/spec), which Airflow encrypts its secrets with: AES-128-CBC, then
/// HMAC-SHA256 over 0x80 ‖ seconds since 1970 ‖ IV ‖ ciphertext.
/// </summary>
public sealed class FernetKey
{
    private const byte Version = 0x80;
    private const int Header = 1 + 8 + 16;
    private const int Signature = 32;

    private readonly byte[] _signing;
    private readonly byte[] _encryption;

    /// <summary>Reads a key.</summary>
    /// <param name="text">32 bytes in URL-safe base64, as <c>Fernet.generate_key()</c> and <see cref="Generate"/> write it.</param>
    /// <exception cref="FormatException">It is not that.</exception>
    public FernetKey(string text)
    {
        if (Decode(text) is not { Length: 32 } key)
            throw new FormatException("A Fernet key must be 32 bytes in URL-safe base64 (44 characters). Make one with: openssl rand -base64 32 | tr '+/' '-_'");
        (_signing, _encryption) = (key[..16], key[16..]);
    }

    /// <summary>A new random key.</summary>
    public static string Generate() => Encode(RandomNumberGenerator.GetBytes(32));

    /// <summary>The token of a text.</summary>
    public string Encrypt(string text, DateTimeOffset now) => Encrypt(Encoding.UTF8.GetBytes(text), now, RandomNumberGenerator.GetBytes(16));

    /// <summary>The text of a token, or null when the token was not made with this key or is damaged.</summary>
    public string? Decrypt(string token)
    {
        if (Decode(token) is not { } bytes || bytes.Length < Header + 16 + Signature || bytes[0] != Version) return null;
        var signed = bytes.AsSpan(..^Signature);
        if (!CryptographicOperations.FixedTimeEquals(HMACSHA256.HashData(_signing, signed), bytes.AsSpan(^Signature..))) return null;
        using var aes = Aes.Create();
        aes.Key = _encryption;
        try
        {
            return Encoding.UTF8.GetString(aes.DecryptCbc(signed[Header..], signed[9..Header]));
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    internal string Encrypt(byte[] text, DateTimeOffset now, byte[] iv)
    {
        using var aes = Aes.Create();
        aes.Key = _encryption;
        var cipher = aes.EncryptCbc(text, iv);
        var token = new byte[Header + cipher.Length + Signature];
        token[0] = Version;
        BinaryPrimitives.WriteInt64BigEndian(token.AsSpan(1), now.ToUnixTimeSeconds());
        iv.CopyTo(token, 9);
        cipher.CopyTo(token, Header);
        HMACSHA256.HashData(_signing, token.AsSpan(..^Signature), token.AsSpan(^Signature..));
        return Encode(token);
    }

    private static string Encode(byte[] bytes)
    {
        var text = Base64Url.EncodeToString(bytes);
        return text.PadRight((text.Length + 3) / 4 * 4, '=');
    }

    private static byte[]? Decode(string text)
    {
        try
        {
            return Base64Url.DecodeFromChars(text.AsSpan().Trim());
        }
        catch (FormatException)
        {
            return null;
        }
    }
}

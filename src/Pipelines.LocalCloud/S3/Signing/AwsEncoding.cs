using System.Buffers;
using System.Globalization;
using System.Net;
using System.Text;

namespace Pipelines.LocalCloud.S3.Signing;

/// <summary>Percent-encoding as Signature Version 4 defines it, and the strict way back.</summary>
internal static class AwsEncoding
{
    private static readonly SearchValues<byte> Unreserved =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"u8);

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static string Encode(string text, bool keepSlash = false)
    {
        var encoded = new StringBuilder(text.Length + 16);
        foreach (var value in Encoding.UTF8.GetBytes(text))
        {
            if (Unreserved.Contains(value) || (keepSlash && value == '/'))
                encoded.Append((char)value);
            else
                encoded.Append(CultureInfo.InvariantCulture, $"%{value:X2}");
        }

        return encoded.ToString();
    }

    /// <exception cref="S3Failure">InvalidURI: a broken escape, or bytes that are not UTF-8.</exception>
    public static string Decode(string text)
    {
        try
        {
            var escaped = StrictUtf8.GetBytes(text.Replace("+", "%2B", StringComparison.Ordinal));
            return StrictUtf8.GetString(WebUtility.UrlDecodeToBytes(escaped, 0, escaped.Length)!);
        }
        catch (ArgumentException)
        {
            throw S3Failure.Invalid("InvalidURI", "The request's URI is not percent-encoded UTF-8.");
        }
    }
}

using System.Globalization;
using System.Security.Cryptography;

namespace Pipelines.Engine.Operations;

/// <summary>PBKDF2-HMAC-SHA256 with a salt per password, written as <c>pbkdf2_sha256$iterations$salt$hash</c>.</summary>
public static class PasswordHash
{
    private const string Scheme = "pbkdf2_sha256";
    private const int Iterations = 600_000;
    private const int HashBytes = 32;

    public static string Create(string password)
    {
        var salt = RandomNumberGenerator.GetBytes(16);
        var hash = Rfc2898DeriveBytes.Pbkdf2(password, salt, Iterations, HashAlgorithmName.SHA256, HashBytes);
        return string.Create(CultureInfo.InvariantCulture, $"{Scheme}${Iterations}${Convert.ToBase64String(salt)}${Convert.ToBase64String(hash)}");
    }

    /// <summary>True when <paramref name="stored"/> was made from this password.</summary>
    public static bool Fits(string password, string stored)
    {
        if (stored.Split('$') is not [Scheme, var iterations, var salt, var hash]) return false;
        var expected = Convert.FromBase64String(hash);
        var actual = Rfc2898DeriveBytes.Pbkdf2(
            password, Convert.FromBase64String(salt), int.Parse(iterations, CultureInfo.InvariantCulture), HashAlgorithmName.SHA256, expected.Length);
        return CryptographicOperations.FixedTimeEquals(actual, expected);
    }
}

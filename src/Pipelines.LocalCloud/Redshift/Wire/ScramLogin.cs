using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Pipelines.LocalCloud.Redshift.Wire;

/// <summary>The client's half of SCRAM-SHA-256 (RFC 5802 and 7677), without channel binding.</summary>
internal sealed class ScramLogin(string password)
{
    private readonly string _nonce = Convert.ToBase64String(RandomNumberGenerator.GetBytes(18));
    private byte[] _serverSignature = [];

    private string FirstBare => $"n=,r={_nonce}";

    public string First => "n,," + FirstBare;

    /// <summary>Answers the server's challenge with the proof that we know the password.</summary>
    public string Answer(string challenge)
    {
        var fields = challenge.Split(',').ToDictionary(field => field[0], field => field[2..]);
        if (!fields['r'].StartsWith(_nonce, StringComparison.Ordinal)) throw new InvalidDataException("The backend answered another client's SCRAM nonce.");
        byte[] salted = Rfc2898DeriveBytes.Pbkdf2(password, Convert.FromBase64String(fields['s']),
            int.Parse(fields['i'], CultureInfo.InvariantCulture), HashAlgorithmName.SHA256, 32);
        string withoutProof = "c=biws,r=" + fields['r'];
        byte[] transcript = Encoding.UTF8.GetBytes($"{FirstBare},{challenge},{withoutProof}");
        byte[] clientKey = HMACSHA256.HashData(salted, "Client Key"u8);
        byte[] proof = HMACSHA256.HashData(SHA256.HashData(clientKey), transcript);
        for (int i = 0; i < proof.Length; i++) proof[i] ^= clientKey[i];
        _serverSignature = HMACSHA256.HashData(HMACSHA256.HashData(salted, "Server Key"u8), transcript);
        return $"{withoutProof},p={Convert.ToBase64String(proof)}";
    }

    /// <summary>True when the server proved that it knows the password too.</summary>
    public bool Accepts(string serverFinal) =>
        serverFinal.StartsWith("v=", StringComparison.Ordinal)
        && CryptographicOperations.FixedTimeEquals(Convert.FromBase64String(serverFinal[2..]), _serverSignature);
}

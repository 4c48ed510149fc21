using System.Security.Cryptography;
using System.Text;

namespace Pipelines.LocalCloud.Redshift.Wire;

/// <summary>PostgreSQL's MD5 login, which Redshift offers. It protects nothing but the look of the wire; the endpoint listens on loopback.</summary>
internal static class Md5Password
{
    public static string Hash(string user, string password, ReadOnlySpan<byte> salt)
    {
        byte[] inner = Encoding.UTF8.GetBytes(Hex(Encoding.UTF8.GetBytes(password + user)));
        return "md5" + Hex([.. inner, .. salt]);
    }

#pragma warning disable CA5351 // the protocol prescribes MD5
    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(MD5.HashData(bytes));
#pragma warning restore CA5351
}

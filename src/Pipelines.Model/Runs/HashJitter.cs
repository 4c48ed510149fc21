using System.Numerics;
using System.Security.Cryptography;
using System.Text;

namespace Pipelines.Model.Runs;

/// <summary>Airflow's jitter (airflow-semantics.md §5.1, §13): a hash of what waits, so that what began together does not come back together, and tests can tell when.</summary>
internal static class HashJitter
{
    /// <summary>Between one and two times <paramref name="least"/>.</summary>
    /// <param name="least">Seconds, 1 or more.</param>
    /// <param name="text">What waits.</param>
    public static long Seconds(long least, string text)
    {
#pragma warning disable CA5350 // Spreads delays as Airflow does; protects nothing.
        var hash = new BigInteger(SHA1.HashData(Encoding.UTF8.GetBytes(text)), isUnsigned: true, isBigEndian: true);
#pragma warning restore CA5350
        return least + (long)(hash % least);
    }

    /// <summary>A moment as Python prints it.</summary>
    public static string PythonText(DateTimeOffset? date) => date is { } at ? IsoDate.Format(at).Replace('T', ' ') : "None";
}

using System.Globalization;
using System.Text;

namespace Pipelines.Engine.Execution.Transport;

/// <summary>
/// Airflow's queue names in Hangfire's alphabet. Hangfire takes lower case letters, digits, '_' and '-' only; Airflow takes anything.
/// Reversible: '_' becomes <c>__</c>, every other foreign byte of the UTF-8 text becomes <c>_</c> and two hex digits.
/// </summary>
public static class QueueName
{
    private const char Escape = '_';

    /// <summary>The name Hangfire sees.</summary>
    /// <exception cref="ArgumentException">Empty.</exception>
    public static string ToHangfire(string queue)
    {
        ArgumentException.ThrowIfNullOrEmpty(queue);
        var name = new StringBuilder(queue.Length);
        foreach (var unit in Encoding.UTF8.GetBytes(queue))
        {
            if (unit == Escape) name.Append(Escape).Append(Escape);
            else if (IsPlain((char)unit)) name.Append((char)unit);
            else name.Append(Escape).Append(unit.ToString("x2", CultureInfo.InvariantCulture));
        }

        return name.ToString();
    }

    /// <summary>The name the DAG's author wrote.</summary>
    /// <exception cref="FormatException">Not a name that <see cref="ToHangfire"/> makes.</exception>
    public static string FromHangfire(string name)
    {
        var bytes = new List<byte>(name.Length);
        for (var at = 0; at < name.Length;)
        {
            var length = name[at] != Escape ? 1 : at + 1 < name.Length && name[at + 1] == Escape ? 2 : 3;
            if (at + length > name.Length) throw new FormatException($"'{name}' ends in the middle of an escape.");
            bytes.Add(length < 3 ? (byte)name[at] : Convert.FromHexString(name.AsSpan(at + 1, 2))[0]);
            at += length;
        }

        return Encoding.UTF8.GetString([.. bytes]);
    }

    private static bool IsPlain(char character) => character is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '-';
}

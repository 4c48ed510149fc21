using System.Globalization;
using System.Text;

namespace Pipelines.Engine.Execution.Transport;

/// <summary>
/// Airflow's queue names in Hangfire's alphabet. Hangfire takes lower case letters, digits, '_' and '-' only; Airflow takes anything.
/// No two share a name: '_' becomes <c>__</c>, every other foreign byte of the UTF-8 text becomes <c>_</c> and two hex digits.
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

    private static bool IsPlain(char character) => character is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '-';
}

using System.Text;

namespace Pipelines.Activities.Processes;

/// <summary>Reads what a program prints, line by line and in bounded memory, however much it is.</summary>
internal static class OutputLines
{
    private const int BlockCharacters = 16 << 10;

    /// <summary>Hands over each line without its end, until the stream ends. A line longer than a return value may be comes in parts.</summary>
    /// <param name="stream">UTF-8; what is none is replaced by U+FFFD.</param>
    /// <param name="take">Takes a line, or a part of one: then with <c>true</c>, the last part too.</param>
    public static async Task ReadAsync(Stream stream, Action<string, bool> take)
    {
        using var reader = new StreamReader(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), detectEncodingFromByteOrderMarks: false, leaveOpen: true);
        var (block, line, isInParts) = (new char[BlockCharacters], new StringBuilder(), false);
        while (await reader.ReadAsync(block) is > 0 and var count)
        {
            for (var rest = block.AsMemory(0, count); rest.Length > 0;)
            {
                var end = rest.Span.IndexOf('\n');
                line.Append(end < 0 ? rest : rest[..end]);
                rest = end < 0 ? default : rest[(end + 1)..];
                if (end < 0 && line.Length < ReturnValue.Longest) continue;
                Take(line, take, isInParts || end < 0, isEnd: end >= 0);
                isInParts = end < 0;
            }
        }
        if (line.Length > 0) Take(line, take, isInParts, isEnd: true);
    }

    private static void Take(StringBuilder line, Action<string, bool> take, bool isPart, bool isEnd)
    {
        var text = line.ToString();
        line.Clear();
        // Airflow strips each line's end too, which also takes the CR of programs that write CRLF.
        take(isEnd ? text.TrimEnd() : text, isPart);
    }
}

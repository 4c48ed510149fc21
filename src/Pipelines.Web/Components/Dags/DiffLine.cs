using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using DiffPlex.DiffBuilder;
using DiffPlex.DiffBuilder.Model;

namespace Pipelines.Web.Components.Dags;

/// <summary>A line of the comparison of two texts.</summary>
/// <param name="Sign">' ' in both, '-' only in the old one, '+' only in the new one, '…' stands for lines left out.</param>
/// <param name="Old">Its number in the old text, from 1; null: it is not there.</param>
/// <param name="New">Its number in the new text, from 1; null: it is not there.</param>
public sealed record DiffLine(char Sign, int? Old, int? New, string Text)
{
    /// <summary>Equal lines shown before and after a change.</summary>
    public const int Around = 3;

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>All lines of both texts, without those far from any change; empty when the texts are equal.</summary>
    public static IReadOnlyList<DiffLine> Between(string before, string after)
    {
        var (old, now) = Broken(before, after);
        var lines = Number(InlineDiffBuilder.Diff(old, now).Lines).ToList();
        return lines.All(line => line.Sign == ' ') ? [] : [.. Fold(lines)];
    }

    // A file that a program wrote may be one long line, of which nothing could be read.
    private static (string Old, string New) Broken(string before, string after)
    {
        if (before.AsSpan().Trim().Contains('\n') && after.AsSpan().Trim().Contains('\n')) return (before, after);
        try
        {
            return (JsonNode.Parse(before)!.ToJsonString(Indented), JsonNode.Parse(after)!.ToJsonString(Indented));
        }
        catch (JsonException)
        {
            return (before, after);
        }
    }

    private static IEnumerable<DiffLine> Number(IEnumerable<DiffPiece> pieces)
    {
        var (old, now) = (0, 0);
        foreach (var piece in pieces)
        {
            yield return piece.Type switch
            {
                ChangeType.Inserted => new DiffLine('+', null, ++now, piece.Text),
                ChangeType.Deleted => new DiffLine('-', ++old, null, piece.Text),
                _ => new DiffLine(' ', ++old, ++now, piece.Text),
            };
        }
    }

    private static IEnumerable<DiffLine> Fold(List<DiffLine> lines)
    {
        var left = 0;
        foreach (var (place, line) in lines.Index())
        {
            if (IsNear(lines, place))
            {
                if (left > 0) yield return Left(left);
                left = 0;
                yield return line;
            }
            else
            {
                left++;
            }
        }
        if (left > 0) yield return Left(left);
    }

    private static bool IsNear(List<DiffLine> lines, int place) =>
        lines[Math.Max(0, place - Around)..Math.Min(lines.Count, place + Around + 1)].Exists(line => line.Sign != ' ');

    private static DiffLine Left(int count) => new('…', null, null, count == 1 ? "1 equal line" : $"{count} equal lines");
}

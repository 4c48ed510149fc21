using System.Text;

namespace Pipelines.LocalCloud.Redshift.Sql;

/// <summary>Replacements in a text by position, applied together; text inside strings and comments is never touched by accident.</summary>
internal sealed class SqlEdits
{
    private readonly List<(int Start, int End, string Text)> _edits = [];

    public bool IsEmpty => _edits.Count == 0;

    public void Replace(int start, int end, string text) => _edits.Add((start, end, text));

    public void Replace(SqlToken token, string text) => Replace(token.Start, token.End, text);

    public void Insert(int at, string text) => Replace(at, at, text);

    public void Remove(SqlToken first, SqlToken last) => Replace(first.Start, last.End, "");

    /// <summary>Applies the edits that lie in [start, end) of <paramref name="source"/> and returns that part. An edit inside a wider one is dropped; an insertion before it is not.</summary>
    public string Apply(string source, int start, int end)
    {
        var text = new StringBuilder();
        int at = start;
        foreach (var edit in _edits.Where(edit => edit.Start >= start && edit.End <= end)
            .OrderBy(edit => edit.Start).ThenByDescending(edit => edit.End == edit.Start).ThenByDescending(edit => edit.End))
        {
            if (edit.Start < at) continue;
            text.Append(source, at, edit.Start - at).Append(edit.Text);
            at = edit.End;
        }
        return text.Append(source, at, end - at).ToString();
    }
}

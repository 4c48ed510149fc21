namespace Pipelines.LocalCloud.Redshift.Sql;

/// <summary>Walks over the tokens of one statement.</summary>
internal sealed class SqlCursor(string source, IReadOnlyList<SqlToken> tokens)
{
    private static readonly SqlToken Nothing = new(TokenKind.Symbol, 0, 0, "");

    public string Source => source;

    public int Position { get; set; }

    public int Count => tokens.Count;

    public bool AtEnd => Position >= tokens.Count;

    public SqlToken Current => this[Position];

    public SqlToken this[int index] => index >= 0 && index < tokens.Count ? tokens[index] : Nothing;

    public SqlToken Take() => this[Position++];

    public bool TryTake(string word)
    {
        if (!Current.Is(word)) return false;
        Position++;
        return true;
    }

    public bool TryTake(char symbol)
    {
        if (!Current.Is(symbol)) return false;
        Position++;
        return true;
    }

    /// <summary>Takes the words in this order or none of them.</summary>
    public bool TryTakeAll(params ReadOnlySpan<string> words)
    {
        for (int i = 0; i < words.Length; i++)
            if (!this[Position + i].Is(words[i])) return false;
        Position += words.Length;
        return true;
    }

    /// <summary>Takes schema.table or table; returns it as PostgreSQL must read it.</summary>
    public string TakeQualifiedName()
    {
        string name = TakeName();
        while (TryTake('.')) name += "." + TakeName();
        return name;
    }

    /// <summary>Stands on an opening parenthesis: returns the index of the one that closes it.</summary>
    public int FindClose()
    {
        int depth = 0;
        for (int i = Position; i < tokens.Count; i++)
        {
            if (tokens[i].Is('(')) depth++;
            else if (tokens[i].Is(')') && --depth == 0) return i;
        }
        return tokens.Count;
    }

    public void SkipParentheses() => Position = FindClose() + 1;

    public SqlErrorAt SyntaxErrorHere() => new(AtEnd ? "end of input" : $"\"{Current.Text}\"");

    private string TakeName()
    {
        if (!Current.IsName) throw SyntaxErrorHere().ToException();
        return Take().SqlName;
    }
}

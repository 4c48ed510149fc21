namespace Pipelines.Model.Templates;

/// <summary>Steps through tokens and says what was expected when they end or differ.</summary>
internal sealed class TokenReader(string template, List<Token> tokens)
{
    private int _at;

    public Token Current => tokens[_at];

    public Token Peek() => tokens[Math.Min(_at + 1, tokens.Count - 1)];

    public Token Take() => tokens[_at < tokens.Count - 1 ? _at++ : _at];

    public bool IsOperator(string text) => Current.Kind == TokenKind.Operator && Current.Text == text;

    public bool IsName(string text) => Current.Kind == TokenKind.Name && Current.Text == text;

    public bool TryOperator(string text) => IsOperator(text) && Advance();

    public bool TryName(string text) => IsName(text) && Advance();

    public Token TakeName(string expected) => Current.Kind == TokenKind.Name ? Take() : throw Expected(expected);

    public void ExpectOperator(string text)
    {
        if (!TryOperator(text)) throw Expected($"'{text}'");
    }

    public void ExpectName(string text)
    {
        if (!TryName(text)) throw Expected($"'{text}'");
    }

    public void Expect(TokenKind kind, string text)
    {
        if (Current.Kind != kind) throw Expected($"'{text}'");
        Take();
    }

    public TemplateException Expected(string what) => Fault($"Expected {what} but found {Describe(Current)}.");

    public TemplateException Fault(string fault) => FaultAt(Current, fault);

    public TemplateException FaultAt(Token token, string fault) => TemplateException.At(template, token.Offset, fault);

    private static string Describe(Token token) => token.Kind switch
    {
        TokenKind.End => "the end of the template",
        TokenKind.String => "a text",
        _ => $"'{token.Text}'",
    };

    private bool Advance()
    {
        Take();
        return true;
    }
}

namespace Pipelines.Model.Templates;

/// <summary>Makes statements of a template's tokens.</summary>
internal sealed partial class JinjaParser
{
    private const int DeepestBlock = 50;

    private static readonly string[] Tags = ["if", "for", "set", "raw", "with", "filter", "macro", "call", "include", "import", "from", "extends", "block"];

    private readonly string _template;
    private readonly TokenReader _tokens;
    private readonly ExpressionParser _expressions;
    private int _depth;

    /// <exception cref="TemplateException">It cannot be cut into tokens; says where.</exception>
    public JinjaParser(string template)
    {
        _template = template;
        _tokens = new TokenReader(template, JinjaLexer.Read(template));
        _expressions = new ExpressionParser(_tokens);
    }

    /// <summary>All of it.</summary>
    /// <exception cref="TemplateException">It does not parse; says where.</exception>
    public Block ReadAll()
    {
        var block = ReadBlock();
        return _tokens.Current.Kind == TokenKind.End ? block : throw _tokens.Fault($"'{_tokens.Peek().Text}' ends nothing that was begun.");
    }

    // Reads up to the end or to a tag that ends or divides a block; whoever began the block reads that tag.
    private Block ReadBlock()
    {
        var statements = new List<Statement>();
        while (_tokens.Current.Kind != TokenKind.End)
        {
            if (_tokens.Current.Kind == TokenKind.BlockStart && IsBoundary(_tokens.Peek().Text)) break;
            statements.Add(ReadStatement());
        }
        return new Block(statements);
    }

    private static bool IsBoundary(string name) => name is "elif" or "else" || name.StartsWith("end", StringComparison.Ordinal);

    private Statement ReadStatement()
    {
        var token = _tokens.Take();
        switch (token.Kind)
        {
            case TokenKind.Text:
                return new TextOutput(token.Text);
            case TokenKind.OutputStart:
                var output = new ValueOutput(_expressions.ReadTuple());
                _tokens.Expect(TokenKind.OutputEnd, "}}");
                return output;
            default:
                return ReadTag();
        }
    }

    private Statement ReadTag()
    {
        var tag = _tokens.TakeName("the name of a tag such as if, for or set");
        if (++_depth > DeepestBlock) throw _tokens.FaultAt(tag, $"Blocks are nested more than {DeepestBlock} deep.");
        Statement statement = tag.Text switch
        {
            "if" => ReadIf(tag),
            "for" => ReadFor(tag),
            "set" => ReadSet(tag),
            "with" => ReadWith(tag),
            "filter" => ReadFilter(tag),
            "macro" => ReadMacro(tag),
            "call" => ReadCall(tag),
            "include" => ReadInclude(),
            "import" => ReadImport(),
            "from" => ReadFrom(),
            "extends" => ReadExtends(tag),
            "block" => ReadNamedBlock(tag),
            _ => throw _tokens.FaultAt(tag, $"The tag '{tag.Text}' is not known.{Dags.NearestName.Hint(tag.Text, Tags)}"),
        };
        _depth--;
        return statement;
    }

    private If ReadIf(Token tag)
    {
        var branches = new List<(Expression, Block)>();
        Block? otherwise = null;
        for (var divider = "elif"; divider != "endif";)
        {
            if (divider == "else")
            {
                CloseTag();
                otherwise = ReadBlock();
                divider = Divider(tag, "endif");
                continue;
            }
            var test = _expressions.ReadTuple();
            CloseTag();
            branches.Add((test, ReadBlock()));
            divider = Divider(tag, "elif", "else", "endif");
        }
        CloseTag();
        return new If(branches, otherwise);
    }

    private For ReadFor(Token tag)
    {
        var names = ReadNames();
        _tokens.ExpectName("in");
        var source = _expressions.ReadTuple(withConditional: false);
        var where = _tokens.TryName("if") ? _expressions.Read() : null;
        CloseTag();
        var body = ReadBlock();
        Block? otherwise = null;
        if (Divider(tag, "else", "endfor") == "else")
        {
            CloseTag();
            otherwise = ReadBlock();
            Divider(tag, "endfor");
        }
        CloseTag();
        return new For(names, source, where, body, otherwise, tag.Offset);
    }

    private Statement ReadSet(Token tag)
    {
        var names = ReadNames();
        if (names.Count == 1 && !_tokens.IsOperator("=")) return ReadCaptured(tag, names[0], ReadFilters());
        _tokens.ExpectOperator("=");
        var value = _expressions.ReadTuple();
        CloseTag();
        return new Set(names, value, tag.Offset);
    }

    private Block ReadBody(Token tag, string end)
    {
        CloseTag();
        var body = ReadBlock();
        Divider(tag, end);
        return body;
    }

    private List<string> ReadNames()
    {
        var names = new List<string>();
        var inParentheses = _tokens.TryOperator("(");
        do names.Add(_tokens.TakeName("a name").Text);
        while (_tokens.TryOperator(","));
        if (inParentheses) _tokens.ExpectOperator(")");
        return names;
    }

    private string Divider(Token tag, params string[] allowed)
    {
        if (_tokens.Current.Kind == TokenKind.End)
            throw _tokens.FaultAt(tag, $"This '{tag.Text}' is not closed. End it with '{{% {allowed[^1]} %}}'.");
        _tokens.Take();
        var name = _tokens.TakeName("the name of a tag");
        return allowed.Contains(name.Text, StringComparer.Ordinal) ? name.Text
            : throw _tokens.FaultAt(name, $"'{name.Text}' stands where {string.Join(" or ", allowed)} must stand.");
    }

    private void CloseTag() => _tokens.Expect(TokenKind.BlockEnd, "%}");
}

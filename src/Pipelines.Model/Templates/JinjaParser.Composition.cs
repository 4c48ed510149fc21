namespace Pipelines.Model.Templates;

/// <summary>The tags by which templates are made of others, and of parts of their own.</summary>
internal sealed partial class JinjaParser
{
    private readonly List<NamedBlock> _blocks = [];
    private readonly List<TemplateReference> _references = [];

    /// <summary>The blocks that were read.</summary>
    public IReadOnlyList<NamedBlock> Blocks => _blocks;

    /// <summary>The other templates that were named.</summary>
    public IReadOnlyList<TemplateReference> References => _references;

    private Include ReadInclude()
    {
        var name = _expressions.Read();
        var ignoreMissing = _tokens.IsName("ignore") && _tokens.Peek() is { Kind: TokenKind.Name, Text: "missing" };
        if (ignoreMissing)
        {
            _tokens.Take();
            _tokens.Take();
        }
        var include = new Include(name, ignoreMissing, ReadContext(fallback: true));
        Refer(name, ignoreMissing);
        CloseTag();
        return include;
    }

    private Import ReadImport()
    {
        var name = _expressions.Read();
        _tokens.ExpectName("as");
        var import = new Import(name, _tokens.TakeName("a name for what is imported").Text, [], ReadContext(fallback: false));
        Refer(name, ignoreMissing: false);
        CloseTag();
        return import;
    }

    private Import ReadFrom()
    {
        var name = _expressions.Read();
        _tokens.ExpectName("import");
        var parts = new List<(string, string)>();
        while (_tokens.Current.Kind != TokenKind.BlockEnd && !StartsContext())
        {
            var part = _tokens.TakeName("the name of a macro or value to import").Text;
            parts.Add((part, _tokens.TryName("as") ? _tokens.TakeName("a name for it").Text : part));
            if (!_tokens.TryOperator(",")) break;
        }
        if (parts.Count == 0) throw _tokens.Expected("the name of a macro or value to import");
        var import = new Import(name, null, parts, ReadContext(fallback: false));
        Refer(name, ignoreMissing: false);
        CloseTag();
        return import;
    }

    private Extends ReadExtends(Token tag)
    {
        if (_depth > 1) throw _tokens.FaultAt(tag, "'extends' cannot stand inside of another tag. Put it at the top of the template.");
        var extends = new Extends(_expressions.Read());
        Refer(extends.Name, ignoreMissing: false);
        CloseTag();
        return extends;
    }

    private NamedBlock ReadNamedBlock(Token tag)
    {
        var name = _tokens.TakeName("the name of the block");
        if (_blocks.Any(other => other.Name == name.Text)) throw _tokens.FaultAt(name, $"The block '{name.Text}' is there twice. Every block of a template needs its own name.");
        // Here a block always sees the names around it, which Jinja calls scoped.
        _tokens.TryName("scoped");
        var isRequired = _tokens.TryName("required");
        CloseTag();
        var body = ReadBlock();
        Divider(tag, "endblock");
        _tokens.TryName(name.Text);
        CloseTag();
        var block = new NamedBlock(name.Text, body, isRequired, tag.Offset);
        _blocks.Add(block);
        return block;
    }

    private Macro ReadMacro(Token tag)
    {
        var name = _tokens.TakeName("the name of the macro").Text;
        return ReadMacro(tag, name, ReadParameters(), "endmacro");
    }

    private CallBlock ReadCall(Token tag)
    {
        var parameters = _tokens.IsOperator("(") ? ReadParameters() : [];
        var at = _tokens.Current;
        var call = _expressions.Read() as Call ?? throw _tokens.FaultAt(at, "'call' needs the call of a macro, such as {% call box('title') %}.");
        return new CallBlock(call, ReadMacro(tag, Macro.Caller, parameters, "endcall"));
    }

    private Macro ReadMacro(Token tag, string name, List<(string, Expression?)> parameters, string end)
    {
        var start = _tokens.Current.Offset;
        var body = ReadBody(tag, end);
        var text = _template[start..Math.Min(_tokens.Current.Offset, _template.Length)];
        CloseTag();
        return new Macro(name, parameters, body, (text.Contains("varargs", StringComparison.Ordinal), text.Contains("kwargs", StringComparison.Ordinal)));
    }

    private List<(string, Expression?)> ReadParameters()
    {
        var parameters = new List<(string Name, Expression? Default)>();
        _tokens.ExpectOperator("(");
        while (!_tokens.TryOperator(")"))
        {
            if (parameters.Count > 0) _tokens.ExpectOperator(",");
            var name = _tokens.TakeName("the name of an argument");
            if (parameters.Any(other => other.Name == name.Text)) throw _tokens.FaultAt(name, $"The argument '{name.Text}' is there twice.");
            parameters.Add((name.Text, _tokens.TryOperator("=") ? _expressions.Read() : null));
        }
        return parameters;
    }

    private With ReadWith(Token tag)
    {
        var names = new List<(string, Expression)>();
        while (_tokens.Current.Kind != TokenKind.BlockEnd)
        {
            if (names.Count > 0) _tokens.ExpectOperator(",");
            var name = _tokens.TakeName("a name").Text;
            _tokens.ExpectOperator("=");
            names.Add((name, _expressions.Read()));
        }
        var body = ReadBody(tag, "endwith");
        CloseTag();
        return new With(names, body);
    }

    private Captured ReadFilter(Token tag) => ReadCaptured(tag, null, [_expressions.ReadFilter(null), .. ReadFilters()]);

    private List<Filter> ReadFilters()
    {
        var filters = new List<Filter>();
        while (_tokens.TryOperator("|")) filters.Add(_expressions.ReadFilter(null));
        return filters;
    }

    private Captured ReadCaptured(Token tag, string? name, List<Filter> filters)
    {
        var body = ReadBody(tag, name is null ? "endfilter" : "endset");
        CloseTag();
        return new Captured(name, filters, body);
    }

    private bool StartsContext() => (_tokens.IsName("with") || _tokens.IsName("without")) && _tokens.Peek() is { Kind: TokenKind.Name, Text: "context" };

    private bool ReadContext(bool fallback)
    {
        if (!StartsContext()) return fallback;
        var with = _tokens.Take().Text == "with";
        _tokens.Take();
        return with;
    }

    private void Refer(Expression name, bool ignoreMissing) => _references.Add(TemplateReference.Of(name, ignoreMissing));
}

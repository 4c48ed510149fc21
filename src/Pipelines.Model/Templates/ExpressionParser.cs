using System.Globalization;

namespace Pipelines.Model.Templates;

/// <summary>Makes expressions of tokens, with Jinja's precedence from conditional (weakest) to postfix.</summary>
internal sealed class ExpressionParser(TokenReader tokens)
{
    // Both bound the depth of the tree, and with it the stack that parsing and rendering need.
    private const int Deepest = 100;
    private const int MostLinks = 500;

    private int _depth;
    private int _links;

    /// <summary>An expression, or a tuple when commas follow.</summary>
    public Expression ReadTuple(bool withConditional = true)
    {
        if (_depth == 0) _links = 0;
        var start = tokens.Current.Offset;
        var first = withConditional ? Read() : ReadOr();
        if (!tokens.IsOperator(",")) return first;
        var items = new List<Expression> { first };
        while (tokens.TryOperator(",") && StartsExpression()) items.Add(withConditional ? Read() : ReadOr());
        return new ListLiteral(start, items, IsTuple: true);
    }

    public Expression Read()
    {
        if (++_depth > Deepest) throw tokens.Fault($"The expression is nested more than {Deepest} deep.");
        var value = ReadOr();
        while (tokens.TryName("if"))
        {
            Link();
            var test = ReadOr();
            value = new Conditional(value.At, test, value, tokens.TryName("else") ? Read() : null);
        }
        _depth--;
        return value;
    }

    private bool StartsExpression() => tokens.Current.Kind is TokenKind.Name or TokenKind.String or TokenKind.Integer or TokenKind.Float
        || (tokens.Current.Kind == TokenKind.Operator && tokens.Current.Text is "(" or "[" or "{" or "-" or "+");

    private Expression ReadOr() => Chain(() => Chain(ReadNot, tokens.IsName, "and"), tokens.IsName, "or");

    private Expression ReadNot()
    {
        var token = tokens.Current;
        if (!tokens.TryName("not")) return ReadComparison();
        if (++_depth > Deepest) throw tokens.Fault($"The expression is nested more than {Deepest} deep.");
        var negated = new Unary(token.Offset, "not", ReadNot());
        _depth--;
        return negated;
    }

    private Expression ReadComparison()
    {
        var first = ReadSum();
        var rest = new List<(string, Expression)>();
        while (ComparisonOperator() is { } op)
        {
            Link();
            rest.Add((op, ReadSum()));
        }
        return rest.Count == 0 ? first : new Comparison(first.At, first, rest);
    }

    private string? ComparisonOperator()
    {
        if (tokens.TryName("in")) return "in";
        if (tokens.IsName("not") && tokens.Peek() is { Kind: TokenKind.Name, Text: "in" })
        {
            tokens.Take();
            tokens.Take();
            return "not in";
        }
        return tokens.Current is { Kind: TokenKind.Operator, Text: "==" or "!=" or "<" or "<=" or ">" or ">=" } ? tokens.Take().Text : null;
    }

    private Expression ReadSum() => Chain(() => Chain(ReadProduct, tokens.IsOperator, "~"), tokens.IsOperator, "+", "-");

    private Expression ReadProduct() => Chain(() => Chain(() => ReadUnary(), tokens.IsOperator, "**"), tokens.IsOperator, "*", "/", "//", "%");

    private Expression Chain(Func<Expression> part, Func<string, bool> isNext, params string[] operators)
    {
        var left = part();
        while (operators.FirstOrDefault(isNext) is { } op)
        {
            Link();
            var at = tokens.Take().Offset;
            left = new Binary(at, op, left, part());
        }
        return left;
    }

    private void Link()
    {
        if (++_links > MostLinks) throw tokens.Fault($"The expression has more than {MostLinks} operators. Split it with {{% set %}}.");
    }

    private Expression ReadUnary(bool withFilters = true)
    {
        if (++_depth > Deepest) throw tokens.Fault($"The expression is nested more than {Deepest} deep.");
        var token = tokens.Current;
        Expression value = tokens.TryOperator("-") || tokens.TryOperator("+")
            ? new Unary(token.Offset, token.Text, ReadUnary(withFilters: false))
            : ReadPrimary();
        value = ReadPostfix(value, withFilters);
        _depth--;
        return value;
    }

    private Expression ReadPostfix(Expression value, bool withFilters)
    {
        for (; ; Link())
        {
            if (tokens.TryOperator(".")) value = ReadAttribute(value);
            else if (tokens.IsOperator("[")) value = ReadItem(value);
            else if (tokens.IsOperator("(")) value = ReadCall(value);
            else if (withFilters && tokens.TryOperator("|")) value = ReadFilter(value);
            else if (withFilters && tokens.TryName("is")) value = ReadTest(value);
            else return value;
        }
    }

    private Expression ReadAttribute(Expression owner)
    {
        var token = tokens.Current;
        if (token.Kind != TokenKind.Integer) return new Attribute(token.Offset, owner, tokens.TakeName("the name of an attribute").Text);
        tokens.Take();
        return new Item(token.Offset, owner, new Constant(token.Offset, Integer(token)));
    }

    private Expression ReadItem(Expression owner)
    {
        var at = tokens.Take().Offset;
        var start = tokens.IsOperator(":") ? null : ReadTuple();
        if (tokens.TryOperator("]")) return new Item(at, owner, start!);
        tokens.ExpectOperator(":");
        var stop = tokens.IsOperator(":") || tokens.IsOperator("]") ? null : Read();
        var step = tokens.TryOperator(":") && !tokens.IsOperator("]") ? Read() : null;
        tokens.ExpectOperator("]");
        return new Slice(at, owner, start, stop, step);
    }

    private Call ReadCall(Expression function)
    {
        var at = tokens.Current.Offset;
        var (positional, named) = ReadArguments();
        return new Call(at, function, positional, named, function switch { Name name => name.Text, Attribute attribute => attribute.Text, _ => "this value" });
    }

    private (List<Expression> Positional, List<(string Name, Expression Value)> Named) ReadArguments()
    {
        var positional = new List<Expression>();
        var named = new List<(string Name, Expression Value)>();
        tokens.ExpectOperator("(");
        while (!tokens.TryOperator(")"))
        {
            if (positional.Count + named.Count > 0) tokens.ExpectOperator(",");
            if (tokens.TryOperator(")")) break;
            if (tokens.Current.Kind == TokenKind.Name && tokens.Peek() is { Kind: TokenKind.Operator, Text: "=" })
            {
                var name = tokens.Take();
                tokens.Take();
                if (named.Any(other => other.Name == name.Text)) throw tokens.FaultAt(name, $"The argument '{name.Text}' is given twice.");
                named.Add((name.Text, Read()));
            }
            else if (named.Count > 0) throw tokens.Fault("An argument without a name cannot follow one with a name.");
            else positional.Add(Read());
        }
        return (positional, named);
    }

    /// <summary>A filter's name and arguments.</summary>
    /// <param name="input">What it is for; null: it is applied later.</param>
    public Filter ReadFilter(Expression? input)
    {
        var name = tokens.TakeName("the name of a filter");
        if (!Filters.All.ContainsKey(name.Text))
            throw tokens.FaultAt(name, $"The filter '{name.Text}' is not known.{Dags.NearestName.Hint(name.Text, Filters.All.Keys)}");
        var (positional, named) = tokens.IsOperator("(") ? ReadArguments() : ([], []);
        return new Filter(name.Offset, input, name.Text, positional, named);
    }

    private Test ReadTest(Expression input)
    {
        var negated = tokens.TryName("not");
        var name = tokens.TakeName("the name of a test");
        if (!Tests.All.ContainsKey(name.Text))
            throw tokens.FaultAt(name, $"The test '{name.Text}' is not known.{Dags.NearestName.Hint(name.Text, Tests.All.Keys)}");
        if (tokens.IsOperator("(")) return new Test(name.Offset, input, name.Text, ReadArguments().Positional, negated);
        var takesOne = StartsExpression() && tokens.Current.Text is not ("and" or "or" or "else" or "if" or "is" or "not" or "in" or "-" or "+");
        return new Test(name.Offset, input, name.Text, takesOne ? [ReadUnary(withFilters: false)] : [], negated);
    }

    private Expression ReadPrimary()
    {
        var token = tokens.Take();
        switch (token.Kind)
        {
            case TokenKind.Name: return Word(token);
            case TokenKind.Integer: return new Constant(token.Offset, Integer(token));
            case TokenKind.Float: return new Constant(token.Offset, double.Parse(token.Text.Replace("_", "", StringComparison.Ordinal), CultureInfo.InvariantCulture));
            case TokenKind.String:
                // Neighbouring texts are one text, as in Python.
                var text = token.Text;
                while (tokens.Current.Kind == TokenKind.String) text += tokens.Take().Text;
                return new Constant(token.Offset, text);
            case TokenKind.Operator when token.Text == "(": return ReadParentheses(token);
            case TokenKind.Operator when token.Text == "[": return new ListLiteral(token.Offset, ReadUntil("]", Read), IsTuple: false);
            case TokenKind.Operator when token.Text == "{": return new DictLiteral(token.Offset, ReadUntil("}", ReadPair));
            default: throw tokens.FaultAt(token, $"Expected a value but found {(token.Kind == TokenKind.End ? "the end of the template" : $"'{token.Text}'")}.");
        }
    }

    private Expression Word(Token token) => token.Text switch
    {
        "true" or "True" => new Constant(token.Offset, true),
        "false" or "False" => new Constant(token.Offset, false),
        "none" or "None" => new Constant(token.Offset, null),
        "and" or "or" or "not" or "in" or "is" or "if" or "else" => throw tokens.FaultAt(token, $"Expected a value but found '{token.Text}'."),
        _ => new Name(token.Offset, token.Text),
    };

    private long Integer(Token token) =>
        long.TryParse(token.Text.Replace("_", "", StringComparison.Ordinal), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
            : throw tokens.FaultAt(token, $"The number {token.Text} does not fit in 64 bits.");

    private Expression ReadParentheses(Token open)
    {
        if (tokens.TryOperator(")")) return new ListLiteral(open.Offset, [], IsTuple: true);
        var value = ReadTuple();
        tokens.ExpectOperator(")");
        return value;
    }

    private (Expression, Expression) ReadPair()
    {
        var key = Read();
        tokens.ExpectOperator(":");
        return (key, Read());
    }

    private List<T> ReadUntil<T>(string close, Func<T> readItem)
    {
        var items = new List<T>();
        while (!tokens.TryOperator(close))
        {
            if (items.Count > 0) tokens.ExpectOperator(",");
            if (tokens.TryOperator(close)) break;
            items.Add(readItem());
        }
        return items;
    }
}

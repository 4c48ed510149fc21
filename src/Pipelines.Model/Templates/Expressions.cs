namespace Pipelines.Model.Templates;

/// <summary>A part of a template that has a value.</summary>
/// <param name="At">Where it stands, for faults.</param>
internal abstract record Expression(int At)
{
    /// <summary>Its value, which may be <see cref="Undefined"/>.</summary>
    public abstract object? Find(TemplateRun run);

    /// <summary>Its value; a missing one is a fault at this place.</summary>
    public object? Value(TemplateRun run)
    {
        run.Charge(1);
        run.At = At;
        var value = Find(run);
        run.At = At;
        return value is Undefined missing ? throw new TemplateFault(missing.Message) : value;
    }
}

internal sealed record Constant(int At, object? Content) : Expression(At)
{
    public override object? Find(TemplateRun run) => Content;
}

internal sealed record Name(int At, string Text) : Expression(At)
{
    public override object? Find(TemplateRun run) => run.Find(Text);
}

internal sealed record ListLiteral(int At, IReadOnlyList<Expression> Items, bool IsTuple) : Expression(At)
{
    public override object? Find(TemplateRun run) => new TemplateList(Items.Select(item => item.Value(run)).ToList(), IsTuple);
}

internal sealed record DictLiteral(int At, IReadOnlyList<(Expression Key, Expression Value)> Items) : Expression(At)
{
    public override object? Find(TemplateRun run)
    {
        var dict = new OrderedDictionary<object, object?>();
        foreach (var (key, value) in Items)
            dict[key.Value(run) ?? throw new TemplateFault("None cannot be a key of a dict.")] = value.Value(run);
        return new TemplateDict(dict);
    }
}

internal sealed record Attribute(int At, Expression Owner, string Text) : Expression(At)
{
    public override object? Find(TemplateRun run)
    {
        var owner = Owner.Value(run);
        run.At = At;
        return Members.Find(owner, Text);
    }
}

internal sealed record Item(int At, Expression Owner, Expression Key) : Expression(At)
{
    public override object? Find(TemplateRun run)
    {
        var (owner, key) = (Owner.Value(run), Key.Value(run));
        run.At = At;
        return Members.Item(owner, key);
    }
}

internal sealed record Slice(int At, Expression Owner, Expression? Start, Expression? Stop, Expression? Step) : Expression(At)
{
    public override object? Find(TemplateRun run)
    {
        var owner = Owner.Value(run);
        long? Bound(Expression? bound) => bound?.Value(run) switch
        {
            null => null,
            long number => number,
            _ => throw new TemplateFault("The bounds of a slice must be integers."),
        };
        return Members.Slice(owner, Bound(Start), Bound(Stop), Bound(Step) ?? 1, run);
    }
}

internal sealed record Call(int At, Expression Function, IReadOnlyList<Expression> Positional, IReadOnlyList<(string Name, Expression Value)> Named, string Label)
    : Expression(At)
{
    public override object? Find(TemplateRun run)
    {
        var value = Function.Value(run);
        run.At = At;
        var called = value switch
        {
            TemplateFunction function => function,
            TemplateCallable callable => callable.Function,
            _ => throw new TemplateFault($"'{Label}' is not a function. Leave out the parentheses."),
        };
        var arguments = MakeArguments(Label + "()", [], Positional, Named, run);
        run.At = At;
        return called(arguments);
    }

    public static Arguments MakeArguments(string function, IReadOnlyList<object?> first, IReadOnlyList<Expression> positional, IReadOnlyList<(string Name, Expression Value)> named, TemplateRun run) =>
        new(function, [.. first, .. positional.Select(item => item.Value(run))], named.ToDictionary(item => item.Name, item => item.Value.Value(run), StringComparer.Ordinal), run);
}

internal sealed record Filter(int At, Expression? Input, string Text, IReadOnlyList<Expression> Positional, IReadOnlyList<(string Name, Expression Value)> Named)
    : Expression(At)
{
    public override object? Find(TemplateRun run) => Apply(Text is "default" or "d" ? Input!.Find(run) : Input!.Value(run), run);

    public object? Apply(object? input, TemplateRun run)
    {
        var arguments = Call.MakeArguments($"The filter '{Text}'", [input], Positional, Named, run);
        run.At = At;
        return Filters.All[Text](arguments);
    }
}

internal sealed record Test(int At, Expression Input, string Text, IReadOnlyList<Expression> Positional, bool Negated) : Expression(At)
{
    public override object? Find(TemplateRun run)
    {
        var input = Text is "defined" or "undefined" ? Input.Find(run) : Input.Value(run);
        var arguments = Call.MakeArguments($"The test '{Text}'", [input], Positional, [], run);
        run.At = At;
        return Tests.All[Text](arguments) != Negated;
    }
}

internal sealed record Unary(int At, string Operator, Expression Operand) : Expression(At)
{
    public override object? Find(TemplateRun run) => (Operator, Operand.Value(run)) switch
    {
        ("not", var value) => !Python.Truth(value),
        ("-", long and not long.MinValue and var number) => (object)-number,
        ("-", double number) => -number,
        ("-", TimeSpan span) => -span,
        ("+", var value and (long or double)) => value,
        (_, var value) => throw new TemplateFault($"'{Operator}' cannot stand before {PythonText.TypeName(value)}."),
    };
}

internal sealed record Binary(int At, string Operator, Expression Left, Expression Right) : Expression(At)
{
    public override object? Find(TemplateRun run)
    {
        var left = Left.Value(run);
        // As in Python, 'and' and 'or' give one of their sides, and look at the second only when needed.
        if (Operator == "and") return Python.Truth(left) ? Right.Value(run) : left;
        if (Operator == "or") return Python.Truth(left) ? left : Right.Value(run);
        var right = Right.Value(run);
        run.At = At;
        return Python.Binary(Operator, left, right, run);
    }
}

internal sealed record Comparison(int At, Expression First, IReadOnlyList<(string Operator, Expression Right)> Rest) : Expression(At)
{
    public override object? Find(TemplateRun run)
    {
        var left = First.Value(run);
        foreach (var (op, next) in Rest)
        {
            var right = next.Value(run);
            run.At = At;
            if (!Holds(op, left, right, run)) return false;
            left = right;
        }
        return true;
    }

    private static bool Holds(string op, object? left, object? right, TemplateRun run)
    {
        // Comparing two long lists or texts is work too.
        run.Charge(left is TemplateList list ? list.Items.Count : left is string text ? text.Length / 16 : 1);
        if (right is TemplateList many) run.Charge(many.Items.Count);
        return op switch
        {
            "==" => Python.AreEqual(left, right),
            "!=" => !Python.AreEqual(left, right),
            "in" => Python.Contains(right, left),
            "not in" => !Python.Contains(right, left),
            "<" => Python.Compare(left, right) < 0,
            "<=" => Python.Compare(left, right) <= 0,
            ">" => Python.Compare(left, right) > 0,
            _ => Python.Compare(left, right) >= 0,
        };
    }
}

internal sealed record Conditional(int At, Expression Test, Expression Then, Expression? Else) : Expression(At)
{
    public override object? Find(TemplateRun run) => Python.Truth(Test.Value(run)) ? Then.Find(run)
        : Else is not null ? Else.Find(run)
        : new Undefined("The condition is false and there is no 'else' with another value.");
}

namespace Pipelines.Model.Templates;

/// <summary>A part of a template that writes output or sets names.</summary>
internal abstract record Statement
{
    public abstract void Run(TemplateRun run);
}

internal sealed record TextOutput(string Text) : Statement
{
    public override void Run(TemplateRun run) => run.Write(Text);
}

internal sealed record ValueOutput(Expression Expression) : Statement
{
    public override void Run(TemplateRun run) => run.Write(PythonText.Str(Expression.Value(run)));
}

internal sealed record Block(IReadOnlyList<Statement> Statements) : Statement
{
    public override void Run(TemplateRun run)
    {
        foreach (var statement in Statements) statement.Run(run);
    }
}

internal sealed record If(IReadOnlyList<(Expression Test, Block Body)> Branches, Block? Else) : Statement
{
    public override void Run(TemplateRun run)
    {
        foreach (var (test, body) in Branches)
        {
            if (!Python.Truth(test.Value(run))) continue;
            body.Run(run);
            return;
        }
        Else?.Run(run);
    }
}

internal sealed record Set(IReadOnlyList<string> Names, Expression Value, int At) : Statement
{
    public override void Run(TemplateRun run) => Assign(Names, Value.Value(run), At, run);

    /// <summary>One name takes the value, several take its items.</summary>
    public static void Assign(IReadOnlyList<string> names, object? value, int at, TemplateRun run)
    {
        run.At = at;
        if (names.Count == 1)
        {
            run.Set(names[0], value);
            return;
        }
        var items = Python.Items(value, run);
        if (items.Count != names.Count) throw new TemplateFault($"{items.Count} values cannot be given to the {names.Count} names {string.Join(", ", names)}.");
        foreach (var (name, item) in names.Zip(items)) run.Set(name, item);
    }
}

internal sealed record For(IReadOnlyList<string> Names, Expression Source, Expression? Where, Block Body, Block? Else, int At) : Statement
{
    public override void Run(TemplateRun run)
    {
        var items = Python.Items(Source.Value(run), run);
        if (Where is not null) items = items.Where(item => Passes(item, run)).ToList();
        for (var i = 0; i < items.Count; i++)
        {
            // A turn makes a scope and a loop object, which costs far more than a step.
            run.Charge(100);
            run.Enter();
            Set.Assign(Names, items[i], At, run);
            run.Set("loop", Loop(items, i));
            Body.Run(run);
            run.Leave();
        }
        if (items.Count == 0) Else?.Run(run);
    }

    private bool Passes(object? item, TemplateRun run)
    {
        run.Enter();
        Set.Assign(Names, item, At, run);
        var passes = Python.Truth(Where!.Value(run));
        run.Leave();
        return passes;
    }

    private static TemplateObject Loop(IReadOnlyList<object?> items, int i) => new("loop", part => part switch
    {
        "index" => (long)i + 1,
        "index0" => (long)i,
        "revindex" => (long)items.Count - i,
        "revindex0" => (long)items.Count - i - 1,
        "first" => i == 0,
        "last" => i == items.Count - 1,
        "length" => (long)items.Count,
        "previtem" when i > 0 => items[i - 1],
        "nextitem" when i < items.Count - 1 => items[i + 1],
        _ => new Undefined($"'loop' has no '{part}' here."),
    });
}

namespace Pipelines.Model.Templates;

/// <summary>A template's own function: what its body writes is its value.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Parameters">In their order; those without a default must be given where the body uses them.</param>
/// <param name="Body">What it writes.</param>
/// <param name="TakesMore">It uses <c>varargs</c>, and <c>kwargs</c>.</param>
internal sealed record Macro(string Name, IReadOnlyList<(string Name, Expression? Default)> Parameters, Block Body, (bool Positional, bool Named) TakesMore) : Statement
{
    /// <summary>The argument by which a call block gives its body.</summary>
    public const string Caller = "caller";

    public override void Run(TemplateRun run) => run.Set(Name, Function(run));

    /// <summary>It sees the names of where it was made, not of where it is called.</summary>
    public TemplateFunction Function(TemplateRun run)
    {
        var (template, scope) = (run.Template, run.Scope);
        return call =>
        {
            Check(call);
            return run.Capture(() => run.Within(template, new Scope(scope), () =>
            {
                Take(call, run);
                Body.Run(run);
            }));
        };
    }

    private void Check(Arguments call)
    {
        var (names, given) = (Parameters.Select(parameter => parameter.Name).ToList(), call.Positional);
        if (given.Count > names.Count && !TakesMore.Positional) throw new TemplateFault($"The macro '{Name}' takes at most {names.Count} arguments, not {given.Count}.");
        foreach (var name in call.Named.Keys.Where(name => name != Caller))
        {
            var place = names.IndexOf(name);
            if (place < 0 && !TakesMore.Named) throw new TemplateFault($"The macro '{Name}' has no argument '{name}'.{Dags.NearestName.Hint(name, names)}");
            if (place >= 0 && place < given.Count) throw new TemplateFault($"The macro '{Name}' is given '{name}' twice.");
        }
    }

    private void Take(Arguments call, TemplateRun run)
    {
        var (names, given) = (Parameters.Select(parameter => parameter.Name).ToList(), call.Positional);
        foreach (var (place, (name, fallback)) in Parameters.Index())
        {
            run.Set(name, place < given.Count ? given[place] : call.Named.TryGetValue(name, out var value) ? value
                : fallback is not null ? fallback.Value(run) : new Undefined($"The macro '{Name}' was called without '{name}'."));
        }
        if (TakesMore.Positional) run.Set("varargs", new TemplateList([.. given.Skip(names.Count)], isTuple: true));
        if (TakesMore.Named) run.Set("kwargs", new TemplateDict(new(call.Named.Where(named => named.Key != Caller && !names.Contains(named.Key)).Select(named => KeyValuePair.Create((object)named.Key, named.Value)))));
        if (call.Named.TryGetValue(Caller, out var caller)) run.Set(Caller, caller);
    }
}

/// <summary>Calls a macro that writes this body with <c>caller()</c>.</summary>
internal sealed record CallBlock(Call Call, Macro Body) : Statement
{
    public override void Run(TemplateRun run) =>
        run.Write(PythonText.Str((Call with { Named = [.. Call.Named, (Macro.Caller, new Constant(Call.At, Body.Function(run)))] }).Value(run)));
}

/// <summary>Gives names values in a part of a template only.</summary>
internal sealed record With(IReadOnlyList<(string Name, Expression Value)> Names, Block Body) : Statement
{
    public override void Run(TemplateRun run)
    {
        var values = Names.Select(name => (name.Name, Value: name.Value.Value(run))).ToList();
        run.Enter();
        foreach (var (name, value) in values) run.Set(name, value);
        Body.Run(run);
        run.Leave();
    }
}

/// <summary>What its body writes, through filters: written, or as the value of a name.</summary>
internal sealed record Captured(string? Name, IReadOnlyList<Filter> Filters, Block Body) : Statement
{
    public override void Run(TemplateRun run)
    {
        object? value = run.Capture(() =>
        {
            run.Enter();
            Body.Run(run);
            run.Leave();
        });
        foreach (var filter in Filters) value = filter.Apply(value, run);
        if (Name is null) run.Write(PythonText.Str(value));
        else run.Set(Name, value);
    }
}

namespace Pipelines.Model.Templates;

/// <summary>A part of a template that uses another template.</summary>
/// <param name="Name">The other's name, or a list of them.</param>
/// <param name="WithContext">The other sees the names that are there.</param>
internal abstract record TemplateUse(Expression Name, bool WithContext) : Statement
{
    /// <summary>The template, or the first that there is; null: none of them is there.</summary>
    protected JinjaTemplate? Find(TemplateRun run)
    {
        var name = Name.Value(run);
        run.At = Name.At;
        return (name is TemplateList list ? list.Items : [name]).Select(item => item as string ?? throw new TemplateFault($"The name of a template is a text, not {PythonText.TypeName(item)}."))
            .Select(run.Files.Find).FirstOrDefault(found => found is not null);
    }

    protected JinjaTemplate Get(TemplateRun run) => Find(run) ?? throw new TemplateFault($"There is no template {PythonText.Repr(Name.Value(run))} in this version of the DAG.");

    protected Scope ScopeOf(TemplateRun run) => WithContext ? new Scope(run.Scope) : run.WithoutContext();
}

/// <summary>Writes another template here.</summary>
internal sealed record Include(Expression Name, bool IgnoreMissing, bool WithContext) : TemplateUse(Name, WithContext)
{
    public override void Run(TemplateRun run)
    {
        if ((IgnoreMissing ? Find(run) : Get(run)) is { } template) run.Within(template, ScopeOf(run), () => template.RunIn(run));
    }
}

/// <summary>Takes the macros and values of another template, without what it writes.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Target">The name for all of them together; null: only <paramref name="Parts"/>.</param>
/// <param name="Parts">What to take, each with its name here.</param>
/// <param name="WithContext">As there.</param>
internal sealed record Import(Expression Name, string? Target, IReadOnlyList<(string Part, string Alias)> Parts, bool WithContext) : TemplateUse(Name, WithContext)
{
    public override void Run(TemplateRun run)
    {
        var (template, scope) = (Get(run), ScopeOf(run));
        run.Within(template, scope, () => run.Capture(() => template.RunIn(run)));
        var module = scope.AsModule(template.Name!);
        if (Target is not null) run.Set(Target, module);
        foreach (var (part, alias) in Parts) run.Set(alias, module.Find(part));
    }
}

/// <summary>Says that another template is the frame, in which this one replaces blocks.</summary>
internal sealed record Extends(Expression Name) : TemplateUse(Name, WithContext: true)
{
    public override void Run(TemplateRun run) => run.Lineage.Parent = Get(run);
}

/// <summary>A part with a name that a template which extends this one may replace.</summary>
internal sealed record NamedBlock(string Name, Block Body, bool IsRequired, int At) : Statement
{
    public override void Run(TemplateRun run)
    {
        run.At = At;
        run.Lineage.Write(Name, run);
    }
}

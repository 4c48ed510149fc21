using System.Runtime.CompilerServices;
using System.Text;

namespace Pipelines.Model.Templates;

/// <summary>One rendering: its names, its output, and the bounds that keep a hostile template from hanging a worker.</summary>
internal sealed class TemplateRun(JinjaTemplate template, TemplateNames names, TemplateFiles files, Func<double> random)
{
    /// <summary>The longest result, in characters.</summary>
    public const int LongestOutput = 4 * 1024 * 1024;

    /// <summary>Steps plus characters and items produced; some seconds of work at most.</summary>
    private const long Budget = 50_000_000;

    /// <summary>Templates and macros that use one another.</summary>
    private const int Deepest = 50;

    private StringBuilder _output = new();
    private long _spent;
    private int _depth;

    /// <summary>The template whose part runs, for faults.</summary>
    public JinjaTemplate Template { get; private set; } = template;

    /// <summary>Where in it the work is, for faults.</summary>
    public int At { get; set; }

    /// <summary>The names as they are here.</summary>
    public Scope Scope { get; private set; } = new(names.Find);

    /// <summary>The template and those that it extends.</summary>
    public Lineage Lineage { get; set; } = new();

    /// <summary>The template files of the DAG version.</summary>
    public TemplateFiles Files { get; } = files;

    /// <summary>From 0 to below 1.</summary>
    public double Random() => random();

    public string Output => _output.ToString();

    /// <summary>Counts work before it is done.</summary>
    public void Charge(long amount)
    {
        _spent += Math.Max(amount, 1);
        if (_spent > Budget || amount > LongestOutput)
            throw new TemplateFault("The template does too much work. Make its loops and texts shorter.");
    }

    public void Write(string text)
    {
        Charge(text.Length);
        if (_output.Length + text.Length > LongestOutput) throw new TemplateFault($"The result is longer than {LongestOutput} characters.");
        _output.Append(text);
    }

    public object? Find(string name) => Scope.Find(name) is var found && found is Undefined && name == "self" && Lineage.HasBlocks ? Lineage.Self(this) : found;

    public void Set(string name, object? value) => Scope.Set(name, value);

    public void Enter() => Scope = new Scope(Scope);

    public void Leave() => Scope = Scope.Around!;

    /// <summary>What a template sees that was not given the names of who uses it.</summary>
    public Scope WithoutContext() => new(names.FindGlobal);

    /// <summary>What the work writes, as a text.</summary>
    public string Capture(Action work)
    {
        var outer = _output;
        _output = new StringBuilder();
        work();
        var text = Output;
        _output = outer;
        return text;
    }

    /// <summary>Runs a part of a template, with the names of a scope.</summary>
    public void Within(JinjaTemplate other, Scope scope, Action work)
    {
        if (++_depth > Deepest || !RuntimeHelpers.TryEnsureSufficientExecutionStack())
            throw new TemplateFault($"Templates and macros use one another more than {Deepest} deep. Does one use itself?");
        var outer = (Template, Scope, At);
        (Template, Scope) = (other, scope);
        work();
        // Not when it fails: then the place of the fault is there.
        (Template, Scope, At) = outer;
        _depth--;
    }
}

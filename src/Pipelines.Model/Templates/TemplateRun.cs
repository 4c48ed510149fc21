using System.Text;

namespace Pipelines.Model.Templates;

/// <summary>One rendering: its names, its output, and the bounds that keep a hostile template from hanging a worker.</summary>
internal sealed class TemplateRun(Func<string, object?> globals, Func<double> random)
{
    /// <summary>The longest result, in characters.</summary>
    public const int LongestOutput = 4 * 1024 * 1024;

    /// <summary>Steps plus characters and items produced; some seconds of work at most.</summary>
    private const long Budget = 50_000_000;

    private readonly Stack<Dictionary<string, object?>> _scopes = new([new Dictionary<string, object?>(StringComparer.Ordinal)]);
    private readonly StringBuilder _output = new();
    private long _spent;

    /// <summary>Where in the template the work is, for faults.</summary>
    public int At { get; set; }

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

    public object? Find(string name)
    {
        foreach (var scope in _scopes)
            if (scope.TryGetValue(name, out var value)) return value;
        return globals(name);
    }

    public void Set(string name, object? value) => _scopes.Peek()[name] = value;

    public void Enter() => _scopes.Push(new Dictionary<string, object?>(StringComparer.Ordinal));

    public void Leave() => _scopes.Pop();
}

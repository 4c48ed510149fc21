namespace Pipelines.Model.Templates;

/// <summary>The arguments of one call, read by name or by place as in Python.</summary>
internal sealed class Arguments(string function, IReadOnlyList<object?> positional, IReadOnlyDictionary<string, object?> named, TemplateRun run)
{
    private string[] _names = [];

    public TemplateRun Run { get; } = run;

    public IReadOnlyList<object?> Positional { get; } = positional;

    public IReadOnlyDictionary<string, object?> Named { get; } = named;

    /// <summary>Says which parameters there are, in order; anything else is an error.</summary>
    public Arguments Expect(params string[] names)
    {
        _names = names;
        if (Positional.Count > names.Length)
            throw new TemplateFault($"{function} takes {(names.Length == 0 ? "no arguments" : $"at most {names.Length}: {string.Join(", ", names)}")}, not {Positional.Count}.");
        foreach (var name in Named.Keys)
        {
            var place = Array.IndexOf(names, name);
            if (place < 0) throw new TemplateFault($"{function} has no argument '{name}'.{Dags.NearestName.Hint(name, names)}");
            if (place < Positional.Count) throw new TemplateFault($"{function} is given '{name}' twice.");
        }
        return this;
    }

    public bool Has(string name) => Find(name, out _);

    public object? Get(string name) => Find(name, out var value) ? value : throw new TemplateFault($"{function} needs the argument '{name}'.");

    public object? Get(string name, object? fallback) => Find(name, out var value) ? value : fallback;

    public string Text(string name) => Get(name) is string text ? text : throw Wrong(name, "a text");

    public string Text(string name, string fallback) => Get(name, fallback) is string text ? text : throw Wrong(name, "a text");

    public string? TextOrNone(string name) => Get(name, null) is null ? null : Text(name);

    public long Integer(string name) => Get(name) is long number ? number : throw Wrong(name, "an integer");

    public long Integer(string name, long fallback) => Get(name, fallback) is long number ? number : throw Wrong(name, "an integer");

    public double Number(string name, double fallback) => Get(name, fallback) switch
    {
        long number => number,
        double number => number,
        _ => throw Wrong(name, "a number"),
    };

    public bool Flag(string name, bool fallback) => Find(name, out var value) ? Python.Truth(value) : fallback;

    private bool Find(string name, out object? value)
    {
        var place = Array.IndexOf(_names, name);
        if (place < Positional.Count)
        {
            value = Positional[place];
            return true;
        }
        return Named.TryGetValue(name, out value);
    }

    private TemplateFault Wrong(string name, string expected) =>
        new($"The argument '{name}' of {function} must be {expected}, not {PythonText.TypeName(Get(name))}.");
}

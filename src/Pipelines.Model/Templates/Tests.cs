namespace Pipelines.Model.Templates;

/// <summary>The tests of Jinja, as in <c>x is defined</c>.</summary>
internal static class Tests
{
    public static IReadOnlyDictionary<string, Func<Arguments, bool>> All { get; } = new Dictionary<string, Func<Arguments, bool>>(StringComparer.Ordinal)
    {
        ["defined"] = call => Value(call) is not Undefined,
        ["undefined"] = call => Value(call) is Undefined,
        ["none"] = call => Value(call) is null,
        ["string"] = call => Value(call) is string,
        ["number"] = call => Value(call) is long or double or bool,
        ["integer"] = call => Value(call) is long,
        ["float"] = call => Value(call) is double,
        ["boolean"] = call => Value(call) is bool,
        ["mapping"] = call => Value(call) is TemplateDict,
        ["sequence"] = call => Value(call) is TemplateList or string or TemplateDict,
        ["iterable"] = call => Value(call) is TemplateList or string or TemplateDict,
        ["true"] = call => Value(call) is true,
        ["false"] = call => Value(call) is false,
        ["odd"] = call => Integer(call) % 2 != 0,
        ["even"] = call => Integer(call) % 2 == 0,
        ["divisibleby"] = call => call.Expect("value", "num").Integer("num") is not 0 and var divisor
            ? call.Integer("value") % divisor == 0 : throw new TemplateFault("Division by zero."),
        ["eq"] = Equal,
        ["equalto"] = Equal,
        ["ne"] = call => !Equal(call),
        ["sameas"] = call => Both(call) is var (value, other) && (value is null ? other is null : ReferenceEquals(value, other) || (value is bool or long && Equals(value, other))),
        ["gt"] = call => Order(call) > 0,
        ["greaterthan"] = call => Order(call) > 0,
        ["ge"] = call => Order(call) >= 0,
        ["lt"] = call => Order(call) < 0,
        ["lessthan"] = call => Order(call) < 0,
        ["le"] = call => Order(call) <= 0,
        ["callable"] = call => Value(call) is TemplateFunction or TemplateCallable,
        ["filter"] = call => Value(call) is string name && Filters.All.ContainsKey(name),
        ["test"] = call => Value(call) is string name && All!.ContainsKey(name),
        ["in"] = call => Python.Contains(call.Expect("value", "other").Get("other"), call.Get("value")),
        ["lower"] = call => Value(call) is string text && !text.Any(char.IsUpper),
        ["upper"] = call => Value(call) is string text && !text.Any(char.IsLower),
    };

    private static object? Value(Arguments call) => call.Expect("value").Get("value");

    private static long Integer(Arguments call) => call.Expect("value").Integer("value");

    private static (object? Value, object? Other) Both(Arguments call) => (call.Expect("value", "other").Get("value"), call.Get("other"));

    private static bool Equal(Arguments call) => Both(call) is var (value, other) && Python.AreEqual(value, other);

    private static int Order(Arguments call) => Both(call) is var (value, other) ? Python.Compare(value, other) : 0;
}

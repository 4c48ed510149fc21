namespace Pipelines.Model.Templates;

/// <summary>Python's operators over template values.</summary>
internal static class Python
{
    public static bool Truth(object? value) => value switch
    {
        null => false,
        bool flag => flag,
        long number => number != 0,
        double number => number != 0,
        string text => text.Length > 0,
        TemplateList list => list.Items.Count > 0,
        TemplateDict dict => dict.Items.Count > 0,
        TimeSpan span => span != TimeSpan.Zero,
        _ => true,
    };

    public static object? Binary(string op, object? left, object? right, TemplateRun run)
    {
        if (op == "~") return Join(left, right, run);
        if (Number(left) is { } a && Number(right) is { } b) return Arithmetic(op, left!, right!, a, b);
        return (op, left, right) switch
        {
            ("+", string x, string y) => Join(x, y, run),
            ("+", TemplateList x, TemplateList y) when x.IsTuple == y.IsTuple => Concat(x, y, run),
            ("*", string x, long n) => Repeat(x, n, run),
            ("*", long n, string x) => Repeat(x, n, run),
            ("%", string format, _) => PythonFormat.Percent(format, right is TemplateList { IsTuple: true } many ? many.Items : [right], run),
            ("+", TemplateDate date, TimeSpan span) => date.Add(span),
            ("+", TimeSpan span, TemplateDate date) => date.Add(span),
            ("+", TemplateDate date, TemplateDelta delta) => delta.After(date),
            ("+", TemplateDelta delta, TemplateDate date) => delta.After(date),
            ("-", TemplateDate date, TemplateDelta delta) => (-delta).After(date),
            ("-", TemplateDate date, TimeSpan span) => date.Add(-span),
            ("-", TemplateDate x, TemplateDate y) when (x.Offset is null) == (y.Offset is null) => x.Instant - y.Instant,
            ("+", TimeSpan x, TimeSpan y) => x + y,
            ("-", TimeSpan x, TimeSpan y) => x - y,
            ("*", TimeSpan x, long n) => Scale(x, n),
            ("*", long n, TimeSpan x) => Scale(x, n),
            ("/", TimeSpan x, TimeSpan y) when y != TimeSpan.Zero => x / y,
            _ => throw new TemplateFault($"'{op}' cannot join {PythonText.TypeName(left)} and {PythonText.TypeName(right)}.{JoinHint(op, left, right)}"),
        };
    }

    private static string JoinHint(string op, object? left, object? right) =>
        op == "+" && (left is string || right is string) ? " Use '~' to join anything as text." : "";

    private static TimeSpan Scale(TimeSpan span, long factor)
    {
        try
        {
            return span * factor;
        }
        catch (OverflowException)
        {
            throw new TemplateFault("The duration is too long.");
        }
    }

    private static string Join(object? left, object? right, TemplateRun run)
    {
        var (x, y) = (PythonText.Str(left), PythonText.Str(right));
        run.Charge(x.Length + (long)y.Length);
        return x + y;
    }

    private static TemplateList Concat(TemplateList left, TemplateList right, TemplateRun run)
    {
        run.Charge(left.Items.Count + (long)right.Items.Count);
        return new TemplateList([.. left.Items, .. right.Items], left.IsTuple);
    }

    private static string Repeat(string text, long count, TemplateRun run)
    {
        count = Math.Max(count, 0);
        run.Charge(text.Length == 0 ? 0 : count > TemplateRun.LongestOutput ? long.MaxValue / 2 : text.Length * count);
        return text.Length == 0 ? "" : string.Concat(Enumerable.Repeat(text, (int)count));
    }

    private static double? Number(object? value) => value switch
    {
        bool flag => flag ? 1 : 0,
        long number => number,
        double number => number,
        _ => null,
    };

    private static object Arithmetic(string op, object left, object right, double a, double b)
    {
        if (op is "/" or "//" or "%" && b == 0) throw new TemplateFault("Division by zero.");
        if (left is double || right is double || op == "/") return Floats(op, a, b);
        try
        {
            return Integers(op, left is bool ? (long)a : (long)left, right is bool ? (long)b : (long)right);
        }
        catch (OverflowException)
        {
            throw new TemplateFault($"The result of '{op}' does not fit in 64 bits.");
        }
    }

    private static double Floats(string op, double a, double b) => op switch
    {
        "+" => a + b,
        "-" => a - b,
        "*" => a * b,
        "/" => a / b,
        "//" => Math.Floor(a / b),
        "%" => a - (b * Math.Floor(a / b)),
        _ => Math.Pow(a, b),
    };

    // Python rounds the quotient down, and the remainder has the sign of the divisor.
    private static object Integers(string op, long a, long b) => op == "**" && b < 0 ? Math.Pow(a, b) : (object)checked(op switch
    {
        "+" => a + b,
        "-" => a - b,
        "*" => a * b,
        "//" => (a / b) - (a % b != 0 && (a < 0) != (b < 0) ? 1 : 0),
        "%" => b == -1 ? 0 : ((a % b) + b) % b,
        _ => Power(a, b),
    });

    private static long Power(long a, long b)
    {
        if (a is 0 or 1) return b == 0 ? 1 : a;
        if (a == -1) return b % 2 == 0 ? 1 : -1;
        var result = 1L;
        for (; b > 0; b--) result = checked(result * a);
        return result;
    }

    public static bool AreEqual(object? left, object? right)
    {
        if (Number(left) is { } a && Number(right) is { } b) return left is long x && right is long y ? x == y : a == b;
        return (left, right) switch
        {
            (TemplateList x, TemplateList y) => x.IsTuple == y.IsTuple && x.Items.Count == y.Items.Count && x.Items.Zip(y.Items).All(pair => AreEqual(pair.First, pair.Second)),
            (TemplateDict x, TemplateDict y) => x.Items.Count == y.Items.Count && x.Items.All(item => y.Items.TryGetValue(item.Key, out var other) && AreEqual(item.Value, other)),
            (TemplateDate x, TemplateDate y) => (x.Offset is null) == (y.Offset is null) && x.Instant == y.Instant,
            _ => Equals(left, right),
        };
    }

    public static int Compare(object? left, object? right)
    {
        if (left is long i && right is long j) return i.CompareTo(j);
        if (Number(left) is { } a && Number(right) is { } b) return a.CompareTo(b);
        return (left, right) switch
        {
            (string x, string y) => string.CompareOrdinal(x, y),
            (TemplateDate x, TemplateDate y) when (x.Offset is null) == (y.Offset is null) => x.Instant.CompareTo(y.Instant),
            (TimeSpan x, TimeSpan y) => x.CompareTo(y),
            (TemplateList x, TemplateList y) when x.IsTuple == y.IsTuple => CompareItems(x.Items, y.Items),
            _ => throw new TemplateFault($"{PythonText.TypeName(left)} and {PythonText.TypeName(right)} have no order."),
        };
    }

    private static int CompareItems(IReadOnlyList<object?> x, IReadOnlyList<object?> y)
    {
        foreach (var (first, second) in x.Zip(y))
            if (!AreEqual(first, second)) return Compare(first, second);
        return x.Count.CompareTo(y.Count);
    }

    public static bool Contains(object? container, object? item) => (container, item) switch
    {
        (string text, string part) => text.Contains(part, StringComparison.Ordinal),
        (TemplateList list, _) => list.Items.Any(one => AreEqual(one, item)),
        (TemplateDict dict, _) => item is not null && dict.Items.ContainsKey(item),
        _ => throw new TemplateFault($"'in' cannot look for {PythonText.TypeName(item)} in {PythonText.TypeName(container)}."),
    };

    public static IReadOnlyList<object?> Items(object? value, TemplateRun run)
    {
        IReadOnlyList<object?> items = value switch
        {
            TemplateList list => list.Items,
            TemplateDict dict => [.. dict.Items.Keys],
            string text => [.. text.EnumerateRunes().Select(rune => rune.ToString())],
            _ => throw new TemplateFault($"{PythonText.TypeName(value)} is not a list and cannot be gone through."),
        };
        run.Charge(items.Count);
        return items;
    }
}

using System.Globalization;
using System.Text.RegularExpressions;

namespace Pipelines.Model.Templates;

/// <summary>Python's <c>'%s' % x</c> and <c>'{}'.format(x)</c>, the parts that templates use.</summary>
internal static partial class PythonFormat
{
    private const int WidestField = 10_000;

    public static string Percent(string format, IReadOnlyList<object?> values, TemplateRun run)
    {
        var next = 0;
        var text = PercentField().Replace(format, field =>
        {
            if (field.Value == "%%") return "%";
            var code = field.Groups["code"].Value;
            if (code.Length == 0) throw new TemplateFault($"'{field.Value}' is not a field that '%' knows. Write '%%' for a percent sign.");
            if (next == values.Count) throw new TemplateFault($"The format '{format}' has more fields than values.");
            var value = values[next++];
            var spec = new FieldSpec(field.Groups["flags"].Value, field.Groups["width"].Value, field.Groups["precision"].Value, code[0]);
            return Charged(spec.Apply(value, rightAlignText: true), run);
        });
        if (next < values.Count && values is not [TemplateDict]) throw new TemplateFault($"The format '{format}' has fewer fields than values.");
        return text;
    }

    public static string Braces(string format, Arguments arguments)
    {
        var next = 0;
        return BraceField().Replace(format, field =>
        {
            if (field.Value is "{{" or "}}") return field.Value[..1];
            var name = field.Groups["name"].Value;
            if (!field.Groups["field"].Success)
                throw new TemplateFault($"'{field.Value}' is not a field that format() knows. Write '{{{{' for a brace.");
            var value = name.Length == 0 ? At(arguments, next++)
                : int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var place) ? At(arguments, place)
                : arguments.Named.TryGetValue(name, out var named) ? named
                : throw new TemplateFault($"format() is not given '{name}'.");
            var spec = field.Groups["spec"].Value;
            return Charged(spec.Length == 0 ? PythonText.Str(value)
                : value is TemplateDate date && spec.Contains('%') ? PythonClock.Format(date, spec)
                : FieldSpec.Parse(spec).Apply(value, rightAlignText: false), arguments.Run);
        });
    }

    private static object? At(Arguments arguments, int place) =>
        place < arguments.Positional.Count ? arguments.Positional[place] : throw new TemplateFault($"format() has no value number {place}.");

    private static string Charged(string text, TemplateRun run)
    {
        run.Charge(text.Length);
        return text;
    }

    /// <summary>How one value is written.</summary>
    private sealed record FieldSpec(string Flags, string Width, string Precision, char Code)
    {
        public static FieldSpec Parse(string spec)
        {
            var match = Spec().Match(spec);
            if (!match.Success) throw new TemplateFault($"format() does not know the format '{spec}'.");
            var code = match.Groups["code"].Value;
            return new FieldSpec(match.Groups["flags"].Value + match.Groups["comma"].Value, match.Groups["width"].Value, match.Groups["precision"].Value, code.Length == 0 ? '\0' : code[0]);
        }

        public string Apply(object? value, bool rightAlignText)
        {
            var text = Body(value);
            var width = Width.Length == 0 ? 0 : int.Parse(Width, CultureInfo.InvariantCulture);
            if (width > WidestField) throw new TemplateFault($"A field of {width} characters is too wide.");
            if (text.Length >= width) return text;
            if (Flags.Contains('0') && value is long or double)
                return text[0] is '-' or '+' ? text[0] + text[1..].PadLeft(width - 1, '0') : text.PadLeft(width, '0');
            var left = Flags.Contains('<') || Flags.Contains('-') || (value is string && !rightAlignText && !Flags.Contains('>'));
            if (Flags.Contains('^')) return text.PadLeft(text.Length + ((width - text.Length) / 2)).PadRight(width);
            return left ? text.PadRight(width) : text.PadLeft(width);
        }

        private string Body(object? value)
        {
            var digits = Precision.Length == 0 ? (int?)null : Math.Min(int.Parse(Precision, CultureInfo.InvariantCulture), 100);
            var sign = Flags.Contains('+') ? "+" : "";
            switch (Code, value)
            {
                case ('s' or '\0', string text): return digits is { } most && most < text.Length ? text[..most] : text;
                case ('d' or 'i' or '\0', long number) when digits is null: return (number >= 0 ? sign : "") + number.ToString(Flags.Contains(',') ? "N0" : "D", CultureInfo.InvariantCulture);
                case ('d' or 'i', double number) when Math.Abs(number) < long.MaxValue: return Body((long)number);
                case ('x', long number): return number.ToString("x", CultureInfo.InvariantCulture);
                case ('f' or '\0', double or long) when Code == 'f' || digits is not null || Flags.Contains(','):
                    var real = Convert.ToDouble(value, CultureInfo.InvariantCulture);
                    return (real >= 0 ? sign : "") + real.ToString((Flags.Contains(',') ? "N" : "F") + (digits ?? 6), CultureInfo.InvariantCulture);
                case ('r', _): return PythonText.Repr(value);
                case ('s' or '\0', _): return PythonText.Str(value);
                default: throw new TemplateFault($"The format code '{Code}' cannot write {PythonText.TypeName(value)}.");
            }
        }
    }

    [GeneratedRegex(@"%%|%((?<flags>[-+0]*)(?<width>\d{0,6})(\.(?<precision>\d{1,3}))?(?<code>[sdifxr]))?")]
    private static partial Regex PercentField();

    [GeneratedRegex(@"\{\{|\}\}|(?<field>\{(?<name>\w*)(:(?<spec>[^{}]*))?\})|\{|\}")]
    private static partial Regex BraceField();

    [GeneratedRegex(@"^(?<flags>[<>^]?\+?0?)(?<width>\d{0,6})(?<comma>,?)(\.(?<precision>\d{1,3}))?(?<code>[sdfx]?)$")]
    private static partial Regex Spec();
}

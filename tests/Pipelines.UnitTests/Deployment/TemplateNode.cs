using System.Text.RegularExpressions;

namespace Pipelines.UnitTests.Deployment;

/// <summary>A part of a Go template: text, a value, or a block with what is inside it.</summary>
internal sealed partial record TemplateNode(string Verb, string Argument)
{
    /// <summary>What is between this block and its else or end.</summary>
    public List<TemplateNode> Body { get; } = [];

    /// <summary>What is between its else and end.</summary>
    public List<TemplateNode> Else { get; } = [];

    /// <summary>Reads a template: text between actions, trimmed where an action says so.</summary>
    public static List<TemplateNode> Parse(string template)
    {
        var root = new TemplateNode("root", "");
        var open = new Stack<(TemplateNode Node, List<TemplateNode> Into)>([(root, root.Body)]);
        var (at, trim) = (0, false);
        foreach (Match action in Action().Matches(template))
        {
            Text(template[at..action.Index], trim, action.Groups["left"].Success);
            (at, trim) = (action.Index + action.Length, action.Groups["right"].Success);
            Open(action.Groups["code"].Value.Trim());
        }
        Text(template[at..], trim, false);
        return open.Count == 1 ? root.Body : throw new FormatException($"'{open.Peek().Node.Verb} {open.Peek().Node.Argument}' has no end");

        void Text(string text, bool trimStart, bool trimEnd)
        {
            if (trimStart) text = text.TrimStart();
            if (trimEnd) text = text.TrimEnd();
            if (text.Length > 0) open.Peek().Into.Add(new TemplateNode("text", text));
        }

        void Open(string code)
        {
            if (code.StartsWith("/*", StringComparison.Ordinal)) return;
            var verb = code.Split(' ')[0];
            var (node, into) = open.Peek();
            switch (verb)
            {
                case "end": open.Pop(); break;
                case "else" when code == "else": (_, _) = open.Pop(); open.Push((node, node.Else)); break;
                case "if" or "with" or "range" or "define":
                    var block = new TemplateNode(verb, code[verb.Length..].Trim());
                    into.Add(block);
                    open.Push((block, block.Body));
                    break;
                case "else": throw new FormatException($"'{code}' is not in the subset that is read here");
                default: into.Add(new TemplateNode("value", code)); break;
            }
        }
    }

    [GeneratedRegex(@"\{\{(?<left>-(?=\s))?\s*(?<code>/\*.*?\*/|.*?)\s*(?<right>(?<=\s)-)?\}\}", RegexOptions.Singleline)]
    private static partial Regex Action();
}

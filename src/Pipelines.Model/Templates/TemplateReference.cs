namespace Pipelines.Model.Templates;

/// <summary>That a template names others.</summary>
/// <param name="At">Where, for faults.</param>
/// <param name="Names">Their names; null: they are known only when it runs.</param>
/// <param name="Needed">Which of them must be there.</param>
internal sealed record TemplateReference(int At, IReadOnlyList<string>? Names, NeededFiles Needed)
{
    public static TemplateReference Of(Expression name, bool ignoreMissing)
    {
        var names = NamesOf(name)?.ToList();
        return new(name.At, names, ignoreMissing ? NeededFiles.None : name is ListLiteral ? NeededFiles.One : NeededFiles.All);
    }

    private static IEnumerable<string>? NamesOf(Expression? name) => name switch
    {
        Constant { Content: string text } => [text],
        ListLiteral list when list.Items.All(item => item is Constant { Content: string }) => list.Items.Select(item => (string)((Constant)item).Content!),
        Conditional { Else: not null } choice when NamesOf(choice.Then) is { } then && NamesOf(choice.Else) is { } otherwise => then.Concat(otherwise),
        _ => null,
    };
}

/// <summary>Which of several template files must be there.</summary>
internal enum NeededFiles
{
    None,
    One,
    All,
}

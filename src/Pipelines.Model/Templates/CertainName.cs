namespace Pipelines.Model.Templates;

/// <summary>A name whose value a template asks for in every run, so that it fails when there is none.</summary>
/// <param name="Text">The name.</param>
/// <param name="Member">What it asks of the value at once, e.g. <c>table</c> of <c>{{ group.table }}</c>; null: nothing, or what may be a method.</param>
internal sealed record CertainName(string Text, string? Member)
{
    /// <summary>The first name that an expression asks for; null: it begins with none, or goes on without a value.</summary>
    public static CertainName? Of(Expression expression) => Of(expression, member: null);

    private static CertainName? Of(Expression expression, string? member) => expression switch
    {
        Name name => new(name.Text, member),
        Attribute part => Of(part.Owner, part.Text),
        Item { Key: Constant { Content: string key } } part => Of(part.Owner, key),
        Item part => Of(part.Owner, null),
        Call { Function: Attribute method } => Of(method.Owner, null),
        Call call => Of(call.Function, null),
        Filter { Input: { } input, Text: not ("default" or "d") } => Of(input, null),
        Test { Text: not ("defined" or "undefined") } test => Of(test.Input, null),
        Binary binary => Of(binary.Left, null),
        _ => null,
    };
}

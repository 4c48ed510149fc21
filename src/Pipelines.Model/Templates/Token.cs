namespace Pipelines.Model.Templates;

internal enum TokenKind
{
    Text,
    OutputStart,
    OutputEnd,
    BlockStart,
    BlockEnd,
    Name,
    String,
    Integer,
    Float,
    Operator,
    End,
}

/// <summary>One token of a template.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">Its text; of a string its value.</param>
/// <param name="Offset">Where it starts, in characters from 0.</param>
internal readonly record struct Token(TokenKind Kind, string Text, int Offset);

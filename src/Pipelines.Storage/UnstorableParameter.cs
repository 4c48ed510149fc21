using System.Text;
using Npgsql;
using Pipelines.Model.Activities;

namespace Pipelines.Storage;

/// <summary>Finds the text that a statement failed for.</summary>
internal static class UnstorableParameter
{
    private const int Longest = 100;

    /// <summary>The beginning of the text that PostgreSQL, or the driver before it, cannot hold; null: the statement failed for something else.</summary>
    /// <param name="error">What the statement failed with.</param>
    /// <param name="parameters">Its parameters, one a property.</param>
    public static string? Of(Exception error, object? parameters) => error is PostgresException { SqlState: PostgresErrorCodes.CharacterNotInRepertoire } or EncoderFallbackException
        && Texts(parameters).FirstOrDefault(text => !StorableText.Is(text)) is { } found ? Excerpt.Of(StorableText.Of(found), Longest) : null;

    private static IEnumerable<string> Texts(object? parameters) => (parameters?.GetType().GetProperties() ?? []).Select(property => property.GetValue(parameters)).SelectMany(value => value switch
    {
        string text => [text],
        IEnumerable<string?> texts => texts.OfType<string>(),
        _ => [],
    });
}

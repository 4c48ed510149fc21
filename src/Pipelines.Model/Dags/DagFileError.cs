namespace Pipelines.Model.Dags;

/// <summary>One thing wrong (or, in <see cref="DagFileResult.Warnings"/>, without effect) in a DAG file.</summary>
/// <param name="File">The file as given to <see cref="DagFile.Read"/>.</param>
/// <param name="JsonPath">Where in the file, e.g. <c>$.root.activities[3].name</c>.</param>
/// <param name="Line">Line of that place, from 1.</param>
/// <param name="Column">Column in characters, from 1; known for broken JSON only.</param>
/// <param name="Message">What is wrong and what to do, for the user.</param>
public sealed record DagFileError(string File, string JsonPath, int Line, int? Column, string Message)
{
    /// <summary><c>workflows/sales.json:12 $.root.activities[3].name: message</c>.</summary>
    public override string ToString() =>
        $"{File}:{Line}{(Column is null ? "" : $":{Column}")} {JsonPath}: {Message}";
}

/// <summary>What came out of reading a DAG file.</summary>
/// <param name="Dag">The DAG; null exactly when there are errors.</param>
/// <param name="Hash">
/// SHA-256 (64 lower-case hex digits) of what matters to a run; the same for two files that differ only in the order of activities, in
/// ids, positions or other marks of the designer. Null exactly when <paramref name="Dag"/> is.
/// </param>
/// <param name="Errors">Everything wrong, in the order of the file.</param>
/// <param name="Warnings">Everything the file says that has no effect, in the order of the file.</param>
public sealed record DagFileResult(Dag? Dag, string? Hash, IReadOnlyList<DagFileError> Errors, IReadOnlyList<DagFileError> Warnings);

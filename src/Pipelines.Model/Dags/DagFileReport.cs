namespace Pipelines.Model.Dags;

/// <summary>Collects what is wrong in one file, so that all of it is told at once.</summary>
/// <param name="file">Its path.</param>
/// <param name="isStored">True: it is a version that runs have been using.</param>
internal sealed class DagFileReport(string file, bool isStored = false)
{
    private readonly List<DagFileError> _errors = [];
    private readonly List<DagFileError> _warnings = [];

    public string File => file;

    public bool HasErrors => _errors.Count > 0;

    public IReadOnlyList<DagFileError> Errors => InFileOrder(_errors);

    public IReadOnlyList<DagFileError> Warnings => InFileOrder(_warnings);

    public void Error(JsonPart at, string message) => Error(at.Path, at.Line, message);

    /// <summary>An error that otherwise only a run would find. A version that was stored before anybody looked goes on as it did.</summary>
    public void ForeseenError(JsonPart at, string message)
    {
        if (!isStored) Error(at, message);
    }

    public void Error(string path, int line, string message, int? column = null) =>
        _errors.Add(new DagFileError(file, path, line, column, message));

    public void Warn(JsonPart at, string message) =>
        _warnings.Add(new DagFileError(file, at.Path, at.Line, null, message));

    // A value that several tasks take is wrong once.
    private static List<DagFileError> InFileOrder(List<DagFileError> found) => found.Distinct().OrderBy(error => error.Line).ToList();
}

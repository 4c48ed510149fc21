using Pipelines.TestKit.Faults;

namespace Pipelines.AcceptanceTests.Crashes;

/// <summary>
/// A place between two steps of a task's life, seen on the wire, at which a process can be killed. Nothing in the product knows of it.
/// </summary>
/// <param name="Name">For people.</param>
/// <param name="Set">Sets the trap.</param>
internal sealed record Step(string Name, Func<Installation, IHold> Set)
{
    private const string Claim = "INSERT INTO pipelines.task_attempt";
    private const string Report = "UPDATE pipelines.task_attempt a SET state";
    private const string Ledger = "_pipelines_loads";

    /// <summary>From the claim to Hangfire's record, in the order of a task's life.</summary>
    public static IReadOnlyList<Step> OfTask { get; } =
    [
        Metadata("before the claim", statement => statement.Has(Claim)),
        Metadata("claim committed", statement => statement.Commits(Claim), TrapPoint.Answer),
        Source("extract begins", statement => statement.Has("COPY (")),
        S3("upload opened", request => request.Operation == "CreateMultipartUpload", TrapPoint.Answer),
        S3("first part", request => request is { Operation: "UploadPart", Part: 1 }),
        S3("second part stored", request => request is { Operation: "UploadPart", Part: 2 }, TrapPoint.Answer),
        S3("before the upload completes", request => request.Operation == "CompleteMultipartUpload"),
        S3("upload completed", request => request.Operation == "CompleteMultipartUpload", TrapPoint.Answer),
        S3("before the manifest", request => IsManifest(request)),
        S3("manifest written", request => IsManifest(request), TrapPoint.Answer),
        Redshift("before the ledger's row", statement => statement.Has("INSERT INTO") && statement.Has(Ledger)),
        Redshift("merge: interval deleted", statement => statement.Has("DELETE FROM"), TrapPoint.Answer),
        Redshift("before COPY", statement => IsCopy(statement)),
        Redshift("COPY done", statement => IsCopy(statement), TrapPoint.Answer),
        Redshift("before COMMIT", statement => statement.Commits(Ledger)),
        Redshift("COMMIT done", statement => statement.Commits(Ledger), TrapPoint.Answer),
        Metadata("before the report", statement => statement.Has(Report)),
        Metadata("report done, not committed", statement => statement.Commits(Report)),
        Metadata("report committed", statement => statement.Commits(Report), TrapPoint.Answer),
        Metadata("before the enqueue", statement => IsEnqueue(statement)),
        Metadata("enqueued", statement => IsEnqueue(statement), TrapPoint.Answer),
        Metadata("before Hangfire's record", statement => statement.Has("hangfire") && statement.Has("INSERT INTO") && statement.Has("state")),
    ];

    /// <summary>What a scheduler does between a due interval and Hangfire.</summary>
    public static IReadOnlyList<Step> OfScheduler { get; } =
    [
        Metadata("run made, not committed", statement => statement.Commits("INSERT INTO pipelines.dag_run")),
        Metadata("run committed", statement => statement.Commits("INSERT INTO pipelines.dag_run"), TrapPoint.Answer),
        Metadata("run started, not committed", statement => statement.Commits("UPDATE pipelines.dag_run SET state = 'running'")),
        Metadata("slots granted, not committed", statement => statement.Commits("SET state = 'queued', queued_at")),
        Metadata("slots granted", statement => statement.Commits("SET state = 'queued', queued_at"), TrapPoint.Answer),
        Metadata("scheduler's enqueue", statement => IsEnqueue(statement)),
    ];

    /// <inheritdoc/>
    public override string ToString() => Name;

    private static bool IsManifest(S3Request request) => request.Operation == "PutObject" && request.Key.EndsWith("/manifest.json", StringComparison.Ordinal);

    private static bool IsCopy(Statement statement) => statement.Text.StartsWith("COPY ", StringComparison.OrdinalIgnoreCase);

    private static bool IsEnqueue(Statement statement) => statement.Has("INSERT INTO") && statement.Has("jobqueue");

    private static Step Metadata(string name, Func<Statement, bool> wanted, TrapPoint point = TrapPoint.Request) =>
        new(name, installation => new Hold<Statement>(installation.Metadata.Set(wanted, point)));

    private static Step Source(string name, Func<Statement, bool> wanted, TrapPoint point = TrapPoint.Request) =>
        new(name, installation => new Hold<Statement>(installation.Source.Set(wanted, point)));

    private static Step Redshift(string name, Func<Statement, bool> wanted, TrapPoint point = TrapPoint.Request) =>
        new(name, installation => new Hold<Statement>(installation.Redshift.Set(wanted, point)));

    private static Step S3(string name, Func<S3Request, bool> wanted, TrapPoint point = TrapPoint.Request) =>
        new(name, installation => new Hold<S3Request>(installation.S3.Set(wanted, point)));
}

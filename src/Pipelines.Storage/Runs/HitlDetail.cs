using Pipelines.Model.Hitl;
using Pipelines.Model.Params;

namespace Pipelines.Storage.Runs;

/// <summary>What an attempt asked people, and what they answered.</summary>
public sealed record HitlDetail
{
    public required long AttemptId { get; init; }

    /// <summary>Of the attempt.</summary>
    public required int TryNumber { get; init; }

    public required HitlQuestion Question { get; init; }

    /// <summary>What they are asked for beside the options.</summary>
    public required DagParams Params { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When the defaults count, or the task fails; null: never.</summary>
    public DateTimeOffset? RespondBy { get; init; }

    /// <summary>Null: nobody has answered.</summary>
    public HitlResponse? Response { get; init; }
}

/// <summary>What was asked, and where.</summary>
public sealed record HitlAction
{
    public required HitlDetail Detail { get; init; }

    public required string DagId { get; init; }

    public required string RunId { get; init; }

    public required string TaskId { get; init; }

    /// <summary>-1 when it is not mapped.</summary>
    public required int MapIndex { get; init; }

    /// <summary>What people call a mapped task instance; null: its number.</summary>
    public string? RenderedMapIndex { get; init; }
}

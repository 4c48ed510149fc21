namespace Pipelines.Web.Studio;

/// <summary>What the designer's bar says of a DAG; bar.js finds the words.</summary>
internal sealed record DraftBarAnswer
{
    public required string DagId { get; init; }

    /// <summary>What a canvas that is up to date began from, as Studio's definition carries it (see DraftMark).</summary>
    public required string Mark { get; init; }

    /// <summary>Of the published version; null: none.</summary>
    public int? Version { get; init; }

    public bool IsPaused { get; init; }

    public bool MayRun { get; init; }

    public bool MayEdit { get; init; }

    /// <summary>Why the designer only shows; null: it edits.</summary>
    public string? ReadOnly { get; init; }

    public SavedDraft? Draft { get; init; }

    /// <summary>What happened to the file after the draft began: changed, created or deleted; null: nothing.</summary>
    public string? Conflict { get; init; }

    public required string FileName { get; init; }

    /// <summary>What is wrong with the file as it lies there; what runs is then the last version that could be read.</summary>
    public IReadOnlyList<string> FileErrors { get; init; } = [];

    /// <summary>When the next scheduled runs may start.</summary>
    public IReadOnlyList<DateTimeOffset> NextRuns { get; init; } = [];

    /// <summary>Of the draft or of the published DAG; null: neither can be read.</summary>
    public string? NextRunsOf { get; init; }

    public string? Timetable { get; init; }

    /// <summary>What publishing the draft would change.</summary>
    public IReadOnlyList<string> Changes { get; init; } = [];

    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>What stands against publishing.</summary>
    public IReadOnlyList<string> Errors { get; init; } = [];
}

/// <summary>Who saved the draft last.</summary>
internal sealed record SavedDraft(string SavedBy, DateTimeOffset SavedAt, bool IsMine);

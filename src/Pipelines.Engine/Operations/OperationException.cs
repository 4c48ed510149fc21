namespace Pipelines.Engine.Operations;

/// <summary>Why an operation was refused; the API maps it to a status code.</summary>
public enum RefusalKind
{
    /// <summary>What it is about does not exist (404).</summary>
    NotFound,

    /// <summary>It does not fit the present state (409).</summary>
    Conflict,

    /// <summary>The request is wrong in itself (400).</summary>
    Invalid,

    /// <summary>Others may do it (403).</summary>
    Forbidden,
}

/// <summary>An operation was refused and nothing was changed. The message says what, where and what to do; it is for the user.</summary>
public sealed class OperationException(RefusalKind kind, string message, IReadOnlyList<string>? details = null) : Exception(message)
{
    /// <summary>Each single reason, where there are several; otherwise empty.</summary>
    public IReadOnlyList<string> Details { get; } = details ?? [];

    public RefusalKind Kind { get; } = kind;
}

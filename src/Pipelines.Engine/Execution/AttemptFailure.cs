namespace Pipelines.Engine.Execution;

/// <summary>
/// A failed attempt as Hangfire's dashboard shows it. Made of texts whose secrets are masked: the original exception, which may hold
/// a password in its message, must not be serialized by Hangfire.
/// </summary>
internal sealed class AttemptFailure : Exception
{
    /// <summary>The key under which Hangfire looks for a stack trace that is not the exception's own.</summary>
    private const string HangfireStackTrace = "OriginalStackTrace";

    /// <param name="message">What the user is told.</param>
    /// <param name="details">The original exception with its stack trace; null when there was none.</param>
    public AttemptFailure(string message, string? details)
        : base(message) => Data[HangfireStackTrace] = details ?? "";
}

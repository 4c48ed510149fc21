namespace Pipelines.Model.Timetables;

/// <summary>A schedule cannot be used. The message says what is wrong, where, and what to write instead; it is shown to the user as it is.</summary>
/// <param name="message">For the user.</param>
/// <param name="inner">The cause, or null.</param>
public sealed class TimetableException(string message, Exception? inner = null) : Exception(message, inner);

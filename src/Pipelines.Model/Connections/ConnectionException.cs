namespace Pipelines.Model.Connections;

/// <summary>A connection as written (URI, JSON or parts) cannot be used. The message holds no secret.</summary>
/// <param name="message">What is wrong and what to do, for the user.</param>
public sealed class ConnectionException(string message) : Exception(message);

using Pipelines.Model.Runs;

namespace Pipelines.Engine.Operations;

/// <summary>Who asks for an operation, and by which way; written to the event log.</summary>
/// <param name="Name">User name, or the operating system's user for the command line.</param>
/// <param name="By">CLI, REST API or UI.</param>
public sealed record Actor(string Name, RunTriggeredBy By);

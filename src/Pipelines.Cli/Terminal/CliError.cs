namespace Pipelines.Cli.Terminal;

/// <summary>A failure that the user can act on: shown as one line on standard error, exit code 1, no stack trace.</summary>
internal sealed class CliError(string message) : Exception(message);

using System.Runtime.InteropServices;

namespace Pipelines.Cli.Terminal;

/// <summary>
/// Ctrl+C, or a service manager's stop: asks the verb to end, and a host may take as long as its running tasks. A second Ctrl+C does not wait.
/// </summary>
internal sealed class Interruption : IDisposable
{
    private readonly CancellationTokenSource _asked = new();
    private readonly PosixSignalRegistration[] _signals;

    public Interruption() => _signals = [PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop), PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop)];

    /// <summary>Signalled by the first one.</summary>
    public CancellationToken Token => _asked.Token;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var signal in _signals) signal.Dispose();
        _asked.Dispose();
    }

    private void Stop(PosixSignalContext signal)
    {
        signal.Cancel = true;
        if (_asked.IsCancellationRequested && signal.Signal == PosixSignal.SIGINT) Environment.Exit(Failures.Interrupted);
        // Not here and now: what is waiting for it must not hold up a second signal.
        _ = _asked.CancelAsync();
    }
}

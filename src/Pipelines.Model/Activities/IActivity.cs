namespace Pipelines.Model.Activities;

/// <summary>A ready-made kind of task. One instance serves many concurrent tasks, so it keeps no state of its own.</summary>
public interface IActivity
{
    /// <summary>What the catalog shows of it.</summary>
    ActivityDescriptor Descriptor { get; }

    /// <summary>
    /// Does the work of one attempt. Returns an outcome; throws <see cref="TaskFailure"/> (or anything else, which counts as a
    /// retryable failure) when it cannot.
    /// </summary>
    /// <param name="context">The attempt: its inputs, run, connections, XComs and log.</param>
    /// <param name="cancellation">Signalled when the attempt must stop: cleared, lease lost, timed out, or the host is stopping.</param>
    Task<Outcome> RunAsync(ITaskContext context, CancellationToken cancellation);

    /// <summary>What an attempt comes to that was stopped at its execution timeout; null: it has failed, and is retried.</summary>
    /// <param name="context">The attempt.</param>
    Outcome? AfterTimeout(ITaskContext context) => null;
}

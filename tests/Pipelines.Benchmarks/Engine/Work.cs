using System.Collections.Concurrent;
using Pipelines.Model.Activities;

namespace Pipelines.Benchmarks.Engine;

/// <summary>Does nothing, and remembers when.</summary>
internal sealed class NoOp : IActivity
{
    /// <summary>Timestamps of begin and end of each attempt's code, by run and task.</summary>
    public ConcurrentDictionary<(string RunId, string TaskId), (long Began, long Ended)> Times { get; } = new();

    public ActivityDescriptor Descriptor { get; } = new("NoOp", "No-op", "Benchmark", "Does nothing.", [], [], ["Done"]);

    public Task<Outcome> RunAsync(ITaskContext context, CancellationToken cancellation)
    {
        var began = TimeProvider.System.GetTimestamp();
        Times[(context.Key.RunId, context.Key.TaskId)] = (began, TimeProvider.System.GetTimestamp());
        return Task.FromResult<Outcome>(new Outcome.Succeeded());
    }
}

/// <summary>Computes: the benchmark that engines of the field publish.</summary>
internal sealed class Fibonacci : IActivity
{
    private const int Number = 33;

    public ActivityDescriptor Descriptor { get; } = new("Fibonacci", "Fibonacci", "Benchmark", "Computes fibo(33).", [], [], ["Done"]);

    public Task<Outcome> RunAsync(ITaskContext context, CancellationToken cancellation)
    {
        Compute();
        return Task.FromResult<Outcome>(new Outcome.Succeeded());
    }

    /// <summary>The bare work.</summary>
    public static long Compute() => Of(Number);

    private static long Of(int n) => n < 2 ? n : Of(n - 1) + Of(n - 2);
}

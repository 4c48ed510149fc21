using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
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

/// <summary>Takes its time and nothing else, as a task does that waits for a warehouse.</summary>
internal sealed class Pause(TimeSpan length) : IActivity
{
    public ActivityDescriptor Descriptor { get; } = new("Pause", "Pause", "Benchmark", "Waits.", [], [], ["Done"]);

    public async Task<Outcome> RunAsync(ITaskContext context, CancellationToken cancellation)
    {
        await Task.Delay(length, cancellation);
        return new Outcome.Succeeded();
    }
}

/// <summary>Computes: the benchmark that engines of the field publish.</summary>
internal sealed class Fibonacci(int number) : IActivity
{
    public ActivityDescriptor Descriptor { get; } = new($"Fibonacci{number}", $"Fibonacci {number}", "Benchmark", $"Computes fibo({number}).", [], [], ["Done"]);

    public Task<Outcome> RunAsync(ITaskContext context, CancellationToken cancellation)
    {
        Of(number);
        return Task.FromResult<Outcome>(new Outcome.Succeeded());
    }

    /// <summary>The bare work.</summary>
    // Compiled once: both sides of the comparison run the same code from their first call on.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static long Of(int n) => n < 2 ? n : Of(n - 1) + Of(n - 2);
}

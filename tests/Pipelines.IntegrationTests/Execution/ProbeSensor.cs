using Pipelines.Model.Activities;
using Pipelines.Model.Activities.Sensors;

namespace Pipelines.IntegrationTests.Execution;

/// <summary>A sensor that sees what the test says.</summary>
public sealed class ProbeSensor() : Sensor(new("ProbeSensor", "Probe sensor", "Test", "Sees what the test says.", [], [], [ActivityDescriptor.Done]))
{
    /// <summary>What the next pokes see.</summary>
    public Func<ITaskContext, Task<Poke>> Sees { get; set; } = _ => Task.FromResult<Poke>(new Poke.Done());

    protected override Task<Poke> PokeAsync(ITaskContext context, CancellationToken cancellation)
    {
        context.Log(LogLevel.Info, "Looks.");
        return Sees(context);
    }
}

using Pipelines.Model.Activities;

namespace Pipelines.IntegrationTests.Execution;

/// <summary>An activity that does what the test says.</summary>
public sealed class Probe(string name = "Probe", NotifierUse notifies = NotifierUse.None) : IActivity
{
    /// <summary>What the next attempts do.</summary>
    public Func<ITaskContext, CancellationToken, Task<Outcome>> Does { get; set; } = (_, _) => Task.FromResult<Outcome>(new Outcome.Succeeded());

    public ActivityDescriptor Descriptor { get; } = new(
        name, name, "Test", "Does what the test says.", [new("text", InputType.String, "Text", "Any text.") { Default = "none" }, new("other", InputType.String, "Other", "Another text.")], [], ["Done"])
    { Notifies = notifies };

    public Task<Outcome> RunAsync(ITaskContext context, CancellationToken cancellation) => Does(context, cancellation);
}

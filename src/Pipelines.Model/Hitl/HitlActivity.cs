using Pipelines.Model.Activities;

namespace Pipelines.Model.Hitl;

/// <summary>
/// An activity that asks people and goes on with what they answer (Airflow's HITLOperator, airflow-semantics.md §23). It holds no worker while it
/// waits, and survives restarts. Whoever writes one says what the answer comes to.
/// </summary>
public abstract class HitlActivity : IActivity
{
    private readonly IReadOnlyList<string> _own;

    /// <summary>Makes it.</summary>
    /// <param name="about">What the catalog shows of it, with its own inputs alone: subject, options and the like are added.</param>
    /// <param name="own">What it offers where a file does not say; empty: a file must say.</param>
    /// <param name="isFixed">True: it offers nothing else.</param>
    protected HitlActivity(ActivityDescriptor about, IReadOnlyList<string> own, bool isFixed = false)
    {
        _own = own;
        Descriptor = about with
        {
            Inputs = [.. HitlInputs.All(own, isFixed), .. about.Inputs],
            HitlOptions = own,
            Checks = [new([HitlInputs.Options, HitlInputs.Defaults, HitlInputs.Multiple, HitlInputs.AssignedUsers], inputs => HitlQuestion.Choices(inputs, own)), .. about.Checks],
            NotTestable = $"{about.TypeName} is not run as a test: nobody could answer it. Publish the DAG and run it.",
        };
    }

    /// <inheritdoc/>
    public ActivityDescriptor Descriptor { get; }

    /// <summary>What the answer comes to.</summary>
    /// <param name="context">The attempt.</param>
    /// <param name="response">What was answered; its options and params are valid.</param>
    protected virtual Outcome After(ITaskContext context, HitlResponse response) => new Outcome.Succeeded(response.ToJson());

    /// <inheritdoc/>
    public Task<Outcome> RunAsync(ITaskContext context, CancellationToken cancellation) => Task.FromResult(context.Resumption switch
    {
        null => Ask(context, HitlQuestion.Of(context.Inputs, _own)),
        { End: TriggerEnd.Fired, Payload: System.Text.Json.Nodes.JsonObject payload } => Answered(context, HitlResponse.Of(payload)),
        { End: TriggerEnd.TimedOut } => throw new TaskFailure($"Nobody has answered '{context.Inputs.Required(HitlInputs.Subject)}' within the task's executionTimeout. Clear the task to ask again, give people longer, or say with '{HitlInputs.Defaults}' what counts then."),
        var resumption => throw new TaskFailure(resumption.Error ?? "The wait for an answer failed."),
    });

    private static Outcome.Asked Ask(ITaskContext context, HitlQuestion question)
    {
        context.Log(LogLevel.Info, $"Asks: {question.Subject} The options are {HitlQuestion.Words(question.Options)}; {(question.AssignedUsers.Count == 0 ? "everybody who may run DAGs" : string.Join(", ", question.AssignedUsers))} may answer, under Required actions.");
        return new Outcome.Asked(question);
    }

    private Outcome Answered(ITaskContext context, HitlResponse response)
    {
        context.Log(LogLevel.Info, $"{Words(response)} at {response.RespondedAt.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC.");
        return After(context, response);
    }

    /// <summary>Who chose what, as the beginning of a sentence.</summary>
    protected static string Words(HitlResponse response)
    {
        var chosen = HitlQuestion.Words(response.ChosenOptions);
        return response.RespondedBy is { } user ? $"{user} chose {chosen}" : $"Nobody answered in time, so {chosen} was chosen";
    }
}

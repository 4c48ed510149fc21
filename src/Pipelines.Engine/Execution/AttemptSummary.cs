using Pipelines.Engine.Execution.Attempts;
using Pipelines.Model.Runs;

namespace Pipelines.Engine.Execution;

/// <summary>What an attempt came to, for the transport.</summary>
/// <param name="Text">One line for people.</param>
/// <param name="Failure">What to show as the failure; null: none.</param>
internal sealed record AttemptSummary(string Text, AttemptFailure? Failure)
{
    public static AttemptSummary Of(string text) => new(text, null);

    public static AttemptSummary Of(AttemptResult result) => result.Event == TaskEvent.Failed
        ? new(result.Message!, new AttemptFailure(result.Message!, result.Details))
        : new(result.Message ?? StateNames.ToName(result.AttemptState), null);
}

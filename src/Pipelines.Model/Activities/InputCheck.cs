namespace Pipelines.Model.Activities;

/// <summary>What several inputs of an activity must be together. It is asked when a DAG file is read that gives none of them as a template.</summary>
/// <param name="Inputs">Names of the inputs that it looks at.</param>
/// <param name="Read">Reads them as the activity does when it runs, with their defaults and without other inputs; it must ask nothing but their values.</param>
public sealed record InputCheck(IReadOnlyList<string> Inputs, Action<RenderedInputs> Read);

/// <summary>Inputs that name tasks after an activity: ids that there are not are an error of a DAG file that gives none of them as a template.</summary>
/// <param name="Inputs">Names of the inputs; a fault is told at the first.</param>
/// <param name="Read">The ids of tasks or task groups, read as when it runs; it must ask nothing but these inputs.</param>
public sealed record NamedTasks(IReadOnlyList<string> Inputs, Func<RenderedInputs, IReadOnlyList<string>> Read);

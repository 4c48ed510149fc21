namespace Pipelines.Model.Mapping;

/// <summary>A template of <c>map</c> skipped a value, as Airflow's functions do with AirflowSkipException: the task instance that would get it is skipped.</summary>
/// <param name="reason">Why, for the user.</param>
public sealed class SkippedItem(string reason) : Exception(reason);

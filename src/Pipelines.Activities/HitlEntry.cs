using Pipelines.Model.Activities;
using Pipelines.Model.Hitl;

namespace Pipelines.Activities;

/// <summary>Asks people for its params and returns them, as Airflow's HITLEntryOperator.</summary>
public sealed class HitlEntry() : HitlActivity(new(
    "HitlEntry", "Entry by a person", "Control", "Asks people for its params, in a form that follows their schemas; the answer is the return value.",
    [], HitlOutputs.All, [ActivityDescriptor.Done]), ["OK"]);

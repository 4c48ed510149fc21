using Pipelines.Activities;
using Pipelines.Model.Dags;
using Pipelines.UnitTests.Runs;

namespace Pipelines.UnitTests.Activities;

/// <summary>What people are told before a load that has succeeded runs again.</summary>
public sealed class CopyToRedshiftTests
{
    [TestCase(null)]
    [TestCase("append")]
    public void Appending_warns_of_the_rows_that_come_once_more(string? mode) =>
        Assert.That(Warning(mode), Does.StartWith("Mode append adds the rows to dw.orders once more when the extract runs again too."));

    [TestCase("replace")]
    [TestCase("replace_interval")]
    public void What_replaces_may_run_as_often_as_people_like(string mode) => Assert.That(Warning(mode), Is.Null);

    private static string? Warning(string? mode)
    {
        Dictionary<string, InputExpression> inputs = new() { ["table"] = new(ExpressionSyntax.Literal, "dw.orders") };
        if (mode is not null) inputs["mode"] = new(ExpressionSyntax.Literal, mode);
        return new CopyToRedshift().Descriptor.BeforeRunningAgain!(Sample.Task("load") with { Inputs = inputs });
    }
}

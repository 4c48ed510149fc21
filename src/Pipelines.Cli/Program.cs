using System.CommandLine;
using System.CommandLine.Invocation;
using Pipelines.Cli.Terminal;
using Pipelines.Cli.Verbs;

var root = new RootCommand("Pipelines: an Airflow-compatible workflow engine that moves data from PostgreSQL through S3 into Redshift.")
{
    StandaloneVerb.Create(),
    HostVerb.Create("web", "Run the web UI and the Hangfire dashboard.", Pipelines.Web.HostRoles.Web),
    HostVerb.Create("scheduler", "Run a scheduler; any number may run side by side.", Pipelines.Web.HostRoles.Scheduler),
    HostVerb.Create("worker", "Run a worker that executes tasks.", Pipelines.Web.HostRoles.Worker),
    LocalCloudVerb.Create(),
    DemoVerb.Create(),
    DbVerb.Create(),
    ConfigVerb.Create(),
    HealthVerb.Create(),
    DagsVerb.Create(),
    BackfillVerb.Create(),
    RunsVerb.Create(),
    TasksVerb.Create(),
    ConnectionsVerb.Create(),
    VariablesVerb.Create(),
    PoolsVerb.Create(),
    AssetsVerb.Create(),
    PluginsVerb.Create(),
    UsersVerb.Create(),
    RotateFernetKeyVerb.Create(),
};

using var interruption = new Interruption();
return await Failures.ReportAsync(async () =>
{
    var parsed = root.Parse(args);
    // A wrong option is said on standard error alone: help would hide it, and standard output is for results.
    if (parsed.Action is ParseErrorAction)
    {
        foreach (var error in parsed.Errors) await Console.Error.WriteLineAsync(Mistakes.Of(error.Message));
        return Failures.Failed;
    }
    // Signals are ours: the library would end a stopping worker after two seconds.
    return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null }, interruption.Token);
});

using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Pipelines.Model.Runs;

namespace Pipelines.Engine.Telemetry;

/// <summary>Where the engine's spans come from. All attempts of a run, on whichever worker, are one trace.</summary>
public static class EngineTraces
{
    /// <summary>Of the source, for who collects.</summary>
    public const string Name = "Pipelines";

    internal static readonly ActivitySource Source = new(Name);

    /// <summary>The trace of a run: made of its name, so that every process knows it without having been told.</summary>
    internal static ActivityContext Of(DagRun run)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{run.DagId}\n{run.RunId}\n{run.Id}")).AsSpan();
        return new ActivityContext(ActivityTraceId.CreateFromBytes(hash[..16]), ActivitySpanId.CreateFromBytes(hash[16..24]), ActivityTraceFlags.Recorded, isRemote: true);
    }
}

using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Pipelines.Model.Activities.Sensors;

/// <summary>
/// An activity that waits for something (Airflow's BaseSensorOperator, airflow-semantics.md §13). Whoever writes one says how to look once;
/// modes, intervals, timeouts and soft failures are the same for all.
/// </summary>
public abstract class Sensor : IDeferrable
{
    /// <summary>What a poke found, in what a trigger that has fired says.</summary>
    public const string ValueKey = "value";

    /// <summary>What tells it from what was found before, there too; absent: the value does.</summary>
    public const string MarkKey = "mark";

    private const string SkipKey = "skip";

    // The most that .NET's timers count is 49.7 days.
    private static readonly TimeSpan LongestTimer = TimeSpan.FromDays(49);

    /// <summary>Makes it.</summary>
    /// <param name="about">What the catalog shows of it, with its own inputs alone: <see cref="SensorInputs.All"/> are added.</param>
    protected Sensor(ActivityDescriptor about) => Descriptor = about with { Inputs = [.. about.Inputs, .. SensorInputs.All] };

    /// <inheritdoc/>
    public ActivityDescriptor Descriptor { get; }

    /// <summary>Looks once, and soon says what it saw. A <see cref="TaskFailure"/> that is not retryable ends the sensor; what else it throws fails the attempt.</summary>
    /// <param name="context">The attempt.</param>
    /// <param name="cancellation">Signalled when the attempt must stop.</param>
    protected abstract Task<Poke> PokeAsync(ITaskContext context, CancellationToken cancellation);

    /// <inheritdoc/>
    public async Task<Outcome> RunAsync(ITaskContext context, CancellationToken cancellation)
    {
        var settings = SensorSettings.Of(context.Inputs);
        if (context.Resumption is { } resumption) return Resume(settings, resumption);
        var clock = new SensorClock(settings, context);
        var wait = new PokeWait(settings, context.Key, clock.StartedAt);
        for (var number = 1; ; number++)
        {
            switch (await LookAsync(settings, context, cancellation))
            {
                case Poke.Done done: return new Outcome.Succeeded(done.Value);
                case Poke.Skip skip: return new Outcome.Skipped(skip.Reason);
                case Poke.NotYet { Seen: var seen }:
                    var elapsed = clock.Elapsed;
                    if (elapsed > settings.Timeout) return TimedOut(settings, clock, elapsed, seen);
                    if (settings.Deferrable) return Defer(settings, seen, context.Time.GetUtcNow());
                    var pause = wait.After(number, elapsed);
                    if (settings.Reschedules) return new Outcome.RescheduleAt(context.Time.GetUtcNow() + pause, $"Not yet: {seen}");
                    context.Log(LogLevel.Info, $"Not yet: {seen}. Pokes again in {pause:c}.");
                    await PauseAsync(pause, context.Time, cancellation);
                    break;
            }
        }
    }

    /// <inheritdoc/>
    public async Task<TriggerLook> LookAsync(ITaskContext context, JsonObject trigger, CancellationToken cancellation) =>
        await LookAsync(SensorSettings.Of(context.Inputs), context, cancellation) switch
        {
            Poke.NotYet { Seen: var seen } => new TriggerLook.NotYet(seen),
            Poke.Skip { Reason: var reason } => new TriggerLook.Fired(new JsonObject { [SkipKey] = reason }),
            var done => new TriggerLook.Fired(Payload((Poke.Done)done)),
        };

    private static JsonObject Payload(Poke.Done done)
    {
        var payload = new JsonObject { [ValueKey] = done.Value?.DeepClone() };
        // It is compared, never read.
        if (done.Mark is not null) payload[MarkKey] = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(done.Mark)));
        return payload;
    }

    private static Outcome.Deferred Defer(SensorSettings settings, string seen, DateTimeOffset now) =>
        new(new Trigger(now + settings.PokeInterval, settings.PokeInterval, []), seen) { Timeout = settings.Timeout };

    /// <summary>After a deferral: what a poke saw, or why there is none.</summary>
    private static Outcome Resume(SensorSettings settings, Resumption resumption) => resumption switch
    {
        { End: TriggerEnd.Fired, Payload: JsonObject payload } => payload[SkipKey] is { } reason ? new Outcome.Skipped((string)reason!) : new Outcome.Succeeded(payload[ValueKey]?.DeepClone()),
        { End: TriggerEnd.TimedOut } => SkipFor(settings, $"it has waited longer than its timeout of {settings.Timeout:c}") ?? throw new TaskFailure(
            $"The sensor has waited longer than its timeout of {settings.Timeout:c}. Find out why what it waits for does not come, or raise '{SensorInputs.Timeout}', then clear the task.", retryable: false),
        _ when settings.NeverFail => SkipFor(settings, resumption.Error ?? "its trigger failed")!,
        _ => throw new TaskFailure(resumption.Error ?? "The trigger failed.", retryable: resumption.End != TriggerEnd.FailedForGood),
    };

    /// <inheritdoc/>
    public Outcome? AfterTimeout(ITaskContext context) => SkipFor(SensorSettings.Of(context.Inputs), "it ran into its execution timeout");

    private async Task<Poke> LookAsync(SensorSettings settings, ITaskContext context, CancellationToken cancellation)
    {
        try
        {
            return await PokeAsync(context, cancellation);
        }
        catch (Exception error) when (!cancellation.IsCancellationRequested)
        {
            var isFinal = error is TaskFailure { Retryable: false };
            if (settings.SilentFail && !isFinal)
            {
                context.Log(LogLevel.Error, $"A poke failed; it counts as not yet ({SensorInputs.SilentFail}): {error}");
                return new Poke.NotYet("the poke failed, its error is in the log");
            }

            if (!settings.NeverFail && !(settings.SoftFail && isFinal)) throw;
            context.Log(LogLevel.Warning, error.ToString());
            return new Poke.Skip(SkipFor(settings, error.Message)!.Reason);
        }
    }

    private static Outcome.Skipped TimedOut(SensorSettings settings, SensorClock clock, TimeSpan elapsed, string seen)
    {
        var message = $"The sensor has looked for {elapsed:c} since {clock.StartedAt.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC, longer than its timeout of {settings.Timeout:c}: {seen}.";
        return settings.SoftFail ? new Outcome.Skipped($"{message} It is skipped since '{SensorInputs.SoftFail}' is set.")
            : throw new TaskFailure($"{message} Find out why it does not come, or raise '{SensorInputs.Timeout}', then clear the task.", retryable: false);
    }

    private static Outcome.Skipped? SkipFor(SensorSettings settings, string why) =>
        settings.SoftFail || settings.NeverFail ? new Outcome.Skipped($"Skipped instead of failed since '{(settings.SoftFail ? SensorInputs.SoftFail : SensorInputs.NeverFail)}' is set: {why}") : null;

    private static async Task PauseAsync(TimeSpan pause, TimeProvider time, CancellationToken cancellation)
    {
        for (; pause > LongestTimer; pause -= LongestTimer) await Task.Delay(LongestTimer, time, cancellation);
        await Task.Delay(pause, time, cancellation);
    }
}

/// <summary>
/// How long a sensor has looked: in mode poke this attempt alone, by the monotonic clock; in mode reschedule since the series began, whoever
/// ran it and in however many tries, by the clock that all hosts share.
/// </summary>
internal sealed class SensorClock(SensorSettings settings, ITaskContext context)
{
    private readonly long _began = context.Time.GetTimestamp();

    public DateTimeOffset StartedAt { get; } = (settings.Reschedules ? context.FirstReschedule : null) ?? context.Time.GetUtcNow();

    public TimeSpan Elapsed => settings.Reschedules ? context.Time.GetUtcNow() - StartedAt : context.Time.GetElapsedTime(_began);
}

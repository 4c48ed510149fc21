namespace Pipelines.Model.Activities.Sensors;

/// <summary>How a sensor looks (airflow-semantics.md §13), see <see cref="SensorInputs"/>.</summary>
public sealed record SensorSettings
{
    /// <summary>sensors.default_timeout.</summary>
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromDays(7);

    /// <summary>Gives its slot back between two pokes.</summary>
    public bool Reschedules { get; init; }

    /// <summary>Time between two pokes.</summary>
    public TimeSpan PokeInterval { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long it looks; there is always one poke.</summary>
    public TimeSpan Timeout { get; init; } = DefaultTimeout;

    /// <summary>A timeout, or a failure that no retry can help, skips the task.</summary>
    public bool SoftFail { get; init; }

    /// <summary>A failure of a poke skips the task.</summary>
    public bool NeverFail { get; init; }

    /// <summary>A failure of a poke counts as not yet.</summary>
    public bool SilentFail { get; init; }

    /// <summary>The time between two pokes grows.</summary>
    public bool ExponentialBackoff { get; init; }

    /// <summary>Waits without a worker.</summary>
    public bool Deferrable { get; init; }

    /// <summary>Upper bound of the time between two pokes with backoff; null: none.</summary>
    public TimeSpan? MaxWait { get; init; }

    /// <summary>Reads them.</summary>
    /// <exception cref="TaskFailure">One cannot be read, or two exclude each other (not retryable).</exception>
    public static SensorSettings Of(RenderedInputs inputs)
    {
        var settings = new SensorSettings
        {
            Reschedules = inputs.Optional(SensorInputs.Mode) == SensorInputs.Modes.Reschedule,
            PokeInterval = inputs.Duration(SensorInputs.PokeInterval) ?? TimeSpan.FromMinutes(1),
            Timeout = inputs.Duration(SensorInputs.Timeout) ?? DefaultTimeout,
            SoftFail = inputs.Boolean(SensorInputs.SoftFail, false),
            NeverFail = inputs.Boolean(SensorInputs.NeverFail, false),
            SilentFail = inputs.Boolean(SensorInputs.SilentFail, false),
            ExponentialBackoff = inputs.Boolean(SensorInputs.ExponentialBackoff, false),
            Deferrable = inputs.Boolean(SensorInputs.Deferrable, false),
            MaxWait = inputs.Duration(SensorInputs.MaxWait),
        };
        return settings is { SoftFail: true, NeverFail: true } ? throw new TaskFailure(Exclusive, retryable: false) : settings;
    }

    /// <summary>What is wrong with settings that want both.</summary>
    internal static string Exclusive => $"'{SensorInputs.SoftFail}' and '{SensorInputs.NeverFail}' exclude each other. Set one of them to false.";
}

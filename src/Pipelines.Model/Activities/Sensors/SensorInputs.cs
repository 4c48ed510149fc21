namespace Pipelines.Model.Activities.Sensors;

/// <summary>The settings that every sensor has beside its own inputs (airflow-semantics.md §13 for names and defaults). Always literals.</summary>
public static class SensorInputs
{
    /// <summary>The tab of the designer that shows them.</summary>
    public const string Category = "Sensor";

    /// <summary>Whether it keeps its slot between two pokes: poke or reschedule.</summary>
    public const string Mode = "mode";

    /// <summary>Time between two pokes.</summary>
    public const string PokeInterval = "pokeInterval";

    /// <summary>How long it looks before it fails.</summary>
    public const string Timeout = "timeout";

    /// <summary>Whether a timeout, or a failure that no retry can help, skips the task.</summary>
    public const string SoftFail = "softFail";

    /// <summary>Whether any failure of a poke skips the task.</summary>
    public const string NeverFail = "neverFail";

    /// <summary>Whether a failed poke counts as one that found nothing.</summary>
    public const string SilentFail = "silentFail";

    /// <summary>Whether the time between two pokes grows.</summary>
    public const string ExponentialBackoff = "exponentialBackoff";

    /// <summary>Upper bound of the time between two pokes with backoff.</summary>
    public const string MaxWait = "maxWait";

    /// <summary>Whether it waits without a worker, whatever the mode.</summary>
    public const string Deferrable = "deferrable";

    /// <summary>The modes, in Airflow's spelling.</summary>
    public static class Modes
    {
        /// <summary>It waits in its worker and keeps its slot.</summary>
        public const string Poke = "poke";

        /// <summary>It gives its slot back between two pokes.</summary>
        public const string Reschedule = "reschedule";
    }

    /// <summary>The descriptors, in the order the designer shows them.</summary>
    public static IReadOnlyList<InputDescriptor> All { get; } =
    [
        new(Mode, InputType.String, "Mode", "poke waits in the worker and keeps its slot; reschedule gives the slot back between two pokes, for long waits.") { Category = Category, Default = Modes.Poke, UiHint = "dropdown", Options = [Modes.Poke, Modes.Reschedule] },
        new(PokeInterval, InputType.Duration, "Poke interval", "Time between two pokes, e.g. 00:01:00.") { Category = Category, Default = "00:01:00" },
        new(Timeout, InputType.Duration, "Timeout", "How long it looks before it fails without a retry, e.g. 01:00:00. In mode reschedule it counts over all retries.") { Category = Category, Default = "7.00:00:00" },
        new(SoftFail, InputType.Boolean, "Soft fail", "Skip instead of fail when it times out, or fails in a way that no retry can help.") { Category = Category, Default = "false", UiHint = "checkbox" },
        new(NeverFail, InputType.Boolean, "Never fail", "Skip instead of fail whenever a poke fails; not together with soft fail.") { Category = Category, Default = "false", UiHint = "checkbox" },
        new(SilentFail, InputType.Boolean, "Silent fail", "Log a poke that fails and go on as if it had found nothing.") { Category = Category, Default = "false", UiHint = "checkbox" },
        new(ExponentialBackoff, InputType.Boolean, "Backoff", "Double the time between two pokes with each.") { Category = Category, Default = "false", UiHint = "checkbox" },
        new(MaxWait, InputType.Duration, "Longest wait", "Upper bound of the time between two pokes with backoff; empty: none.") { Category = Category },
        new(Deferrable, InputType.Boolean, "Deferrable", "Wait without a worker: after the first poke a scheduler looks, each poke interval, and the mode does not matter.") { Category = Category, Default = "false", UiHint = "checkbox" },
    ];
}

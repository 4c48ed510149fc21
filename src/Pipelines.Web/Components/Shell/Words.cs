namespace Pipelines.Web.Components.Shell;

/// <summary>Instants, durations and numbers as people say them.</summary>
internal static class Words
{
    /// <summary><c>3 min ago</c>, <c>in 2 h</c>, <c>now</c>.</summary>
    public static string Of(DateTimeOffset at, DateTimeOffset now)
    {
        var distance = now - at;
        if (distance.Duration() < TimeSpan.FromSeconds(5)) return "now";
        return distance > TimeSpan.Zero ? $"{Rough(distance)} ago" : $"in {Rough(-distance)}";
    }

    /// <summary><c>2 h 05 min</c>, <c>3 min 20 s</c>, <c>1.4 s</c>.</summary>
    public static string Length(TimeSpan duration) => duration switch
    {
        { TotalHours: >= 1 } => $"{(int)duration.TotalHours} h {duration.Minutes:00} min",
        { TotalMinutes: >= 1 } => $"{duration.Minutes} min {duration.Seconds:00} s",
        { TotalSeconds: >= 10 } => $"{duration.Seconds} s",
        _ => FormattableString.Invariant($"{duration.TotalSeconds:0.0} s"),
    };

    /// <summary><c>1 DAG</c>, <c>2 DAGs</c>.</summary>
    public static string Count(int number, string noun) => number == 1 ? $"1 {noun}" : FormattableString.Invariant($"{number:N0} {noun}s");

    /// <summary><c>12 B</c>, <c>3.4 MiB</c>.</summary>
    public static string Bytes(long bytes)
    {
        string[] units = ["B", "KiB", "MiB", "GiB", "TiB"];
        var (size, unit) = ((double)bytes, 0);
        while (size >= 1024 && unit < units.Length - 1) (size, unit) = (size / 1024, unit + 1);
        return unit == 0 ? $"{bytes} B" : FormattableString.Invariant($"{size:0.0} {units[unit]}");
    }

    private static string Rough(TimeSpan distance) => distance switch
    {
        { TotalDays: >= 2 } => $"{(int)distance.TotalDays} days",
        { TotalHours: >= 2 } => $"{(int)distance.TotalHours} h",
        { TotalMinutes: >= 2 } => $"{(int)distance.TotalMinutes} min",
        _ => $"{(int)distance.TotalSeconds} s",
    };
}

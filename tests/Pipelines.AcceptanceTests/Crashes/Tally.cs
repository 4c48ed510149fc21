using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Pipelines.AcceptanceTests.Crashes;

/// <summary>What the rounds of a soak came to. A round is a line of a file, so that a soak that was stopped goes on where it was.</summary>
internal sealed class Tally(string path)
{
    /// <summary>One round: from the first kill to the proof.</summary>
    internal sealed record Round
    {
        public required int Seed { get; init; }

        public required DateTime Ended { get; init; }

        public required double Seconds { get; init; }

        /// <summary>Kills by victim and step.</summary>
        public required Dictionary<string, Dictionary<string, int>> Kills { get; init; }

        public required long Runs { get; init; }

        public required long TaskInstances { get; init; }

        public required long Attempts { get; init; }

        /// <summary>Seconds from a worker's death to the next claim of each task it held.</summary>
        public required double[] Recoveries { get; init; }

        public required string[] Losses { get; init; }
    }

    /// <summary>Rounds so far, of this run and of those before it.</summary>
    public IReadOnlyList<Round> Rounds =>
        File.Exists(path) ? [.. File.ReadLines(path).Where(line => line.Length > 0).Select(line => JsonSerializer.Deserialize<Round>(line)!)] : [];

    /// <summary>Kills so far; only those of rounds that were proved.</summary>
    public int Kills => Rounds.Sum(round => round.Kills.Values.Sum(steps => steps.Values.Sum()));

    /// <summary>Adds a round.</summary>
    public void Add(Round round) => File.AppendAllText(path, JsonSerializer.Serialize(round) + "\n");

    /// <summary>The tables for the README.</summary>
    public string Summary()
    {
        var rounds = Rounds;
        var text = new StringBuilder();
        var recoveries = rounds.SelectMany(round => round.Recoveries).Order().ToList();
        var (attempts, instances) = (rounds.Sum(round => round.Attempts), rounds.Sum(round => round.TaskInstances));
        Line(text, $"| kills | rounds | minutes | runs | task instances | attempts | of them retries | re-dispatch P50 / P99 / max | losses |");
        Line(text, $"|---|---|---|---|---|---|---|---|---|");
        Line(text, $"| {Kills} | {rounds.Count} | {rounds.Sum(round => round.Seconds) / 60:0} | {rounds.Sum(round => round.Runs)} | {instances} | {attempts} | {attempts - instances} | {At(recoveries, 0.5)} / {At(recoveries, 0.99)} / {At(recoveries, 1)} s ({recoveries.Count} tasks) | {rounds.Sum(round => round.Losses.Length)} |");
        Line(text, $"");
        Line(text, $"Seeds: {string.Join(", ", rounds.Select(round => round.Seed))}");
        Line(text, $"");
        Kinds(text, [.. rounds.SelectMany(round => round.Kills)]);
        foreach (var loss in rounds.SelectMany(round => round.Losses)) Line(text, $"LOSS {loss}");
        return text.ToString();
    }

    private static void Kinds(StringBuilder text, List<KeyValuePair<string, Dictionary<string, int>>> kills)
    {
        var victims = kills.Select(kill => kill.Key).Distinct().Order(StringComparer.Ordinal).ToList();
        string[] steps = [.. Step.OfTask.Concat(Step.OfScheduler).Select(step => step.Name), "at random"];
        Line(text, $"| killed at | {string.Join(" | ", victims)} |");
        Line(text, $"|---|{string.Concat(victims.Select(_ => "---|"))}");
        foreach (var step in steps) Line(text, $"| {step} | {string.Join(" | ", victims.Select(victim => Cell(Count(victim, step))))} |");
        Line(text, $"| all | {string.Join(" | ", victims.Select(victim => steps.Sum(step => Count(victim, step))))} |");

        int Count(string victim, string step) => kills.Where(kill => kill.Key == victim).Sum(kill => kill.Value.GetValueOrDefault(step));
    }

    private static string Cell(int count) => count == 0 ? "" : count.ToString(CultureInfo.InvariantCulture);

    private static string At(List<double> sorted, double quantile) =>
        sorted.Count == 0 ? "–" : sorted[(int)Math.Ceiling(quantile * sorted.Count) - 1].ToString("0.0", CultureInfo.InvariantCulture);

    private static void Line(StringBuilder text, FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
}

using System.Globalization;

namespace Pipelines.Benchmarks;

/// <summary>Measured values of one thing, in one unit.</summary>
internal sealed class Samples(IEnumerable<double> values)
{
    private readonly double[] _sorted = [.. values.Order()];

    /// <summary>How many.</summary>
    public int Count => _sorted.Length;

    /// <summary>The median.</summary>
    public double Median => At(0.5);

    /// <summary>Value below which <paramref name="share"/> (0 to 1) of the samples lie, by the nearest rank.</summary>
    public double At(double share) => _sorted[Math.Clamp((int)Math.Ceiling(share * _sorted.Length) - 1, 0, _sorted.Length - 1)];

    /// <summary>Prints median, P95 and number of samples.</summary>
    public void Print(string what, string unit) => Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"{what,-60} median {Median,9:0.0} {unit}   P95 {At(0.95),9:0.0} {unit}   n {_sorted.Length}"));
}

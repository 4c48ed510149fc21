using System.Globalization;
using Pipelines.Model.Runs;
using Pipelines.Storage.Runs;

namespace Pipelines.Web.Grid;

/// <summary>What a browser asks of the grid: <c>?runs=90&amp;state=failed&amp;type=scheduled&amp;before=17</c>, or one run: <c>?run=manual__1</c>.</summary>
/// <param name="RunId">The only run; null: the newest that fit the filter.</param>
internal sealed record GridRequest(GridFilter Filter, string? RunId)
{
    /// <summary>Runs shown when the address says nothing.</summary>
    public const int Usual = 30;

    /// <summary>A grid of more runs would be slow to send and of no use to a person.</summary>
    public const int Most = 1000;

    /// <summary>The choices of the page.</summary>
    public static readonly int[] Choices = [14, Usual, 90, 365];

    /// <summary>Reads a query.</summary>
    /// <returns>The request, or in words what is wrong with it.</returns>
    public static (GridRequest? Request, string? Problem) Read(IQueryCollection query)
    {
        string Text(string name) => query[name].ToString();
        if (Number(Text("runs"), Usual) is not (>= 1 and <= Most and var runs)) return (null, $"'runs' is '{Text("runs")}'; it must be a number from 1 to {Most}.");
        if (Number(Text("before"), long.MaxValue) is not (>= 1 and var before)) return (null, $"'before' is '{Text("before")}'; it must be the number of a run.");
        if (Unknown<DagRunState>("state", Text("state")) is { } state) return (null, state);
        if (Unknown<DagRunType>("type", Text("type")) is { } type) return (null, type);
        return (new GridRequest(new GridFilter((int)runs, before, Name<DagRunState>(Text("state")), Name<DagRunType>(Text("type"))), Text("run") is { Length: > 0 } run ? run : null), null);
    }

    private static string? Unknown<T>(string name, string text)
        where T : struct, Enum => text.Length == 0 || StateNames.TryParse<T>(text, out _) ? null : $"'{name}' is '{text}'; it must be one of {StateNames.Known<T>()}.";

    private static long Number(string text, long otherwise) => text.Length == 0 ? otherwise
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : -1;

    private static T? Name<T>(string text)
        where T : struct, Enum => text.Length == 0 ? null : StateNames.Parse<T>(text);
}

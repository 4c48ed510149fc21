using System.Globalization;
using Pipelines.Activities.Sql;
using Pipelines.Model.Activities;

namespace Pipelines.Activities.Redshift;

/// <summary>How many rows each step of a load counted; a load is proved when all agree.</summary>
/// <param name="Extracted">In the source.</param>
/// <param name="Manifest">In the manifest, read back.</param>
/// <param name="Copied">What pg_last_copy_count said.</param>
/// <param name="Gained">How many more the table has.</param>
internal sealed record LoadCounts(long Extracted, long Manifest, long Copied, long Gained)
{
    /// <summary>The failure of counts that differ; another attempt would count the same.</summary>
    /// <param name="fix">What to look at.</param>
    public TaskFailure Differ(TableName table, string fix) => new(
        string.Create(CultureInfo.InvariantCulture,
            $"The load of {table} was rolled back because the counts differ: extracted {Extracted}, in the manifest {Manifest}, loaded {Copied} (pg_last_copy_count), gained by the table {Gained}. {fix}"),
        retryable: false)
    {
        Facts =
        [
            new("Table", table.ToString()), new("Extracted", Rows(Extracted)), new("In the manifest", Rows(Manifest)), new("Loaded by COPY", Rows(Copied)),
            new("Gained by the table", Rows(Gained)), new("Fix", fix), new("Loaded", "nothing: it was rolled back"),
        ],
    };

    private static string Rows(long number) => string.Create(CultureInfo.InvariantCulture, $"{number:N0} rows");
}

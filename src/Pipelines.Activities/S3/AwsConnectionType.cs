using Pipelines.Model.Activities;
using Pipelines.Model.Connections;

namespace Pipelines.Activities.S3;

/// <summary>S3, as the designer and the connections page ask it: its "tables" are buckets.</summary>
internal sealed class AwsConnectionType : IConnectionType
{
    public string Name => "aws";

    public async Task<ConnectionTest> TestAsync(Connection connection, CancellationToken cancellation)
    {
        try
        {
            var buckets = await ListTablesAsync(connection, cancellation);
            return new ConnectionTest(true, $"S3 answers; these credentials see {buckets.Count} bucket{(buckets.Count == 1 ? "" : "s")}.");
        }
        catch (TaskFailure failure)
        {
            return new ConnectionTest(false, failure.Message);
        }
    }

    public async Task<IReadOnlyList<string>> ListTablesAsync(Connection connection, CancellationToken cancellation)
    {
        using var store = S3Store.Open(connection);
        var answer = await store.SortedAsync("list the buckets", () => store.Client.ListBucketsAsync(cancellation));
        return [.. (answer.Buckets ?? []).Select(bucket => bucket.BucketName).Order(StringComparer.Ordinal)];
    }

    public Task<IReadOnlyList<string>> ListColumnsAsync(Connection connection, string table, CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<string>>([]);
}

using System.Collections.Concurrent;
using System.Globalization;
using Amazon.Runtime;

namespace Pipelines.Activities.S3;

/// <summary>
/// Gives a request to S3 up when it takes too long, so that the SDK sends it again. The SDK itself has no timeout for asynchronous
/// calls: an S3 that never answers would hold a task for ever. Answers are read whole, as all that we read from S3 is small.
/// </summary>
internal sealed class AnswerTimeout(TimeSpan limit) : DelegatingHandler(new SocketsHttpHandler { PooledConnectionLifetime = ConnectionLife, AllowAutoRedirect = false })
{
    // Then S3's name is looked up anew.
    private static readonly TimeSpan ConnectionLife = TimeSpan.FromMinutes(5);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(limit);
        try
        {
            var response = await base.SendAsync(request, patience.Token);
            await response.Content.LoadIntoBufferAsync(patience.Token);
            return response;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new HttpRequestException(null, new TimeoutException(
                string.Create(CultureInfo.InvariantCulture, $"S3 did not answer within {limit.TotalSeconds:0.###} s (config_kwargs.read_timeout in the connection's extra)")));
        }
    }

    /// <summary>Clients with this timeout; one per timeout, shared by all tasks, so that they share connections.</summary>
    public sealed class Factory(TimeSpan limit) : HttpClientFactory
    {
        private static readonly ConcurrentDictionary<TimeSpan, HttpClient> Clients = new();

        public override HttpClient CreateHttpClient(IClientConfig clientConfig) =>
            Clients.GetOrAdd(limit, static time => new HttpClient(new AnswerTimeout(time)) { Timeout = Timeout.InfiniteTimeSpan });

        public override bool UseSDKHttpClientCaching(IClientConfig clientConfig) => false;

        public override bool DisposeHttpClientsAfterUse(IClientConfig clientConfig) => false;
    }
}

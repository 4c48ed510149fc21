using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Amazon;
using Amazon.Runtime;
using Amazon.Runtime.CredentialManagement;
using Amazon.Runtime.Credentials;
using Pipelines.Model.Connections;

namespace Pipelines.Activities.SecretsBackends.Aws;

/// <summary>
/// A service of AWS that speaks JSON, and answers small questions. Its SDK package for Secrets Manager could not be restored when this was
/// written; one client for both services is less than two packages.
/// </summary>
/// <param name="title">Its name for people.</param>
/// <param name="signingName">Its name in signatures and host names.</param>
/// <param name="kwargs">Region, endpoint and credentials, as in the extra of an AWS connection.</param>
internal sealed class AwsService(string title, string signingName, BackendKwargs kwargs)
{
    private const int Tries = 3;
    private const string Region = "region_name";
    private const string Endpoint = "endpoint_url";
    private const string Profile = "profile_name";
    private const string Role = "role_arn";

    private static readonly HttpClient Client = new() { Timeout = TimeSpan.FromSeconds(10) };

    private readonly string _region = kwargs.Text(Region) ?? FallbackRegionFactory.GetRegionEndpoint()?.SystemName
        ?? throw new SecretsBackendException($"{title} has no region. Say {{\"{Region}\": \"eu-central-1\"}}, or set AWS_REGION.");

    // What could not be found once may be found the next time.
    private readonly Lazy<AWSCredentials> _credentials = new(() => CredentialsOf(kwargs), LazyThreadSafetyMode.PublicationOnly);

    /// <summary>What a backend on it may be told.</summary>
    public static IReadOnlyList<string> Kwargs { get; } = [Region, Endpoint, Profile, Role];

    /// <summary>With its region.</summary>
    public string Name => $"{title} in {_region}";

    /// <summary>Asks it.</summary>
    /// <param name="target">The operation, as the header X-Amz-Target names it.</param>
    /// <param name="question">The request.</param>
    /// <param name="notFound">The errors that mean that there is no such thing.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <returns>The answer; null: there is no such thing.</returns>
    /// <exception cref="SecretsBackendException">It does not answer, or refuses.</exception>
    public async Task<JsonObject?> AskAsync(string target, JsonObject question, string notFound, CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var (status, answer) = await SendAsync(target, question.ToJsonString(), cancellation);
                if (status == HttpStatusCode.OK) return answer;
                var error = (answer["__type"]?.ToString() ?? $"status {(int)status}").Split('#')[^1];
                if (error == notFound) return null;
                if (attempt == Tries || !(status is HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError || error.Contains("Throttling", StringComparison.Ordinal)))
                    throw new SecretsBackendException($"{Name} refused {target}: {error}: {answer["message"] ?? answer["Message"] ?? "it gave no reason"}. Look at the permissions of the hosts' AWS credentials.");
            }
            catch (Exception error) when (error is HttpRequestException or AmazonClientException or JsonException || error is TaskCanceledException && !cancellation.IsCancellationRequested)
            {
                if (attempt == Tries || error is AmazonClientException) throw new SecretsBackendException($"{Name} cannot be asked: {error.Message.TrimEnd('.')}. Look at its endpoint, the network and the hosts' AWS credentials.", error);
            }
            await Task.Delay(TimeSpan.FromMilliseconds(100 * attempt * attempt), cancellation);
        }
    }

    private async Task<(HttpStatusCode Status, JsonObject Answer)> SendAsync(string target, string body, CancellationToken cancellation)
    {
        var credentials = await _credentials.Value.GetCredentialsAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, Address());
        request.Headers.TryAddWithoutValidation("X-Amz-Target", target);
        request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        request.Content.Headers.TryAddWithoutValidation("Content-Type", "application/x-amz-json-1.1");
        AwsSignature.Sign(request, body, credentials.AccessKey, credentials.SecretKey, credentials.UseToken ? credentials.Token : null, _region, signingName, TimeProvider.System.GetUtcNow());
        using var response = await Client.SendAsync(request, cancellation);
        var text = await response.Content.ReadAsStringAsync(cancellation);
        return (response.StatusCode, text.StartsWith('{') ? JsonNode.Parse(text)!.AsObject() : []);
    }

    private Uri Address() => new((kwargs.Text(Endpoint) ?? $"https://{signingName}.{_region}.{RegionEndpoint.GetBySystemName(_region).PartitionDnsSuffix}").TrimEnd('/') + "/");

    private static AWSCredentials CredentialsOf(BackendKwargs kwargs)
    {
        var own = kwargs.Text(Profile) is not { } profile ? DefaultAWSCredentialsIdentityResolver.GetCredentials()
            : new CredentialProfileStoreChain().TryGetAWSCredentials(profile, out var found) ? found
            : throw new SecretsBackendException($"There is no AWS profile '{profile}' on this host. Name another with '{Profile}', or leave it out for AWS's default chain.");
        return kwargs.Text(Role) is { } role ? new AssumeRoleAWSCredentials(own, role, "pipelines") : own;
    }
}

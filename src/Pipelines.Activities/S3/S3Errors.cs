using System.Net;
using Amazon.Runtime;
using Pipelines.Model.Activities;
using Pipelines.Model.Connections;

namespace Pipelines.Activities.S3;

/// <summary>Sorts what S3, the AWS SDK and the network say into one message with a next step, and into "retry" or not.</summary>
internal static class S3Errors
{
    /// <summary>True for errors of S3, the SDK or the network beneath; everything else is a bug and passes through.</summary>
    public static bool IsS3(Exception error) => error is AmazonServiceException or AmazonClientException or HttpRequestException or IOException;

    /// <summary>The failure to show. Its inner exception is the SDK's.</summary>
    /// <param name="error">What was thrown.</param>
    /// <param name="connection">The connection in use.</param>
    /// <param name="action">What was tried, e.g. <c>write s3://bucket/key</c>.</param>
    public static TaskFailure Sort(Exception error, Connection connection, string action)
    {
        var (reason, retryable) = error switch
        {
            AmazonServiceException { ErrorCode: { Length: > 0 } code } service => Service(code, service, connection),
            AmazonServiceException { StatusCode: HttpStatusCode.NotFound } => ("it does not exist. Check bucket and key, and whether a lifecycle rule or a person deleted it.", false),
            AmazonServiceException { StatusCode: HttpStatusCode.Forbidden } => (Forbidden(connection), false),
            AmazonClientException when error.InnerException is null && error.Message.Contains("credentials", StringComparison.OrdinalIgnoreCase) =>
                ($"no AWS credentials were found. Set login (access key id) and password (secret access key) of connection '{connection.ConnId}', or run where an IAM role gives them.", false),
            _ => ($"{Deepest(error).Message.TrimEnd('.')}. Check the network and endpoint_url of connection '{connection.ConnId}'; the next attempt may succeed.", true),
        };
        return new TaskFailure($"Could not {action}: {reason}", retryable, inner: error);
    }

    private static (string Reason, bool Retryable) Service(string code, AmazonServiceException error, Connection connection) => code switch
    {
        "NoSuchBucket" => ("the bucket does not exist. Create it, or correct input 'bucket'.", false),
        "NoSuchKey" or "NotFound" => ("it does not exist. Check bucket and key, and whether a lifecycle rule or a person deleted it.", false),
        "AccessDenied" or "Forbidden" or "AllAccessDisabled" => (Forbidden(connection), false),
        "InvalidAccessKeyId" => ($"S3 does not know the access key id. Check the login of connection '{connection.ConnId}'.", false),
        "SignatureDoesNotMatch" => ($"S3 refused the signature: the secret access key is wrong. Check the password of connection '{connection.ConnId}'.", false),
        "ExpiredToken" or "InvalidToken" or "TokenRefreshRequired" =>
            ($"the session token has expired or is wrong. Renew aws_session_token of connection '{connection.ConnId}'.", false),
        "PermanentRedirect" or "AuthorizationHeaderMalformed" or "IllegalLocationConstraintException" =>
            ($"the bucket is in another region. Set region_name in the extra of connection '{connection.ConnId}' to the bucket's region.", false),
        "NoSuchUpload" => ("S3 does not know the upload any more: it was completed or aborted and the answer was lost, or a lifecycle rule removed it. The next attempt writes the file again.", true),
        "InvalidBucketName" => ("that is no valid bucket name. Correct input 'bucket'.", false),
        "RequestTimeTooSkewed" => ("this machine's clock is wrong. Correct it.", false),
        // The SDK's word for an answer without a body, as every answer to a HEAD is: a request that timed out looks so too.
        "BadRequest" => ($"S3 answered {(int)error.StatusCode} without a reason. The next attempt may succeed; if it does not, check region_name and keys of connection '{connection.ConnId}'.", true),
        "SlowDown" or "InternalError" or "ServiceUnavailable" or "RequestTimeout" or "503" => ($"S3 answered {code}. The next attempt may succeed.", true),
        _ => ($"S3 answered {code}: {error.Message.TrimEnd('.')}.", (int)error.StatusCode is 0 or >= 500),
    };

    private static string Forbidden(Connection connection) =>
        $"S3 denied access. Grant the user of connection '{connection.ConnId}' s3:GetObject, s3:PutObject, s3:DeleteObject, s3:AbortMultipartUpload and s3:ListBucket there.";

    private static Exception Deepest(Exception error)
    {
        while (error.InnerException is { } inner) error = inner;
        return error;
    }
}


namespace Pipelines.LocalCloud.Redshift.Load;

/// <summary>Accepts the role or the keys the endpoint was started with, and no others.</summary>
internal static class CopyAuthority
{
    public static void Check(CopyAuthorization given, RedshiftOptions options)
    {
        if (given.RoleArn is { } role) CheckRole(role, options);
        else if (given.AccessKey != options.AccessKey) throw CopyFailure.Of("S3ServiceException:The AWS Access Key Id you provided does not exist in our records.,Status 403,Error InvalidAccessKeyId");
        else if (given.SecretKey != options.SecretKey) throw CopyFailure.Of("S3ServiceException:The request signature we calculated does not match the signature you provided.,Status 403,Error SignatureDoesNotMatch");
    }

    private static void CheckRole(string role, RedshiftOptions options)
    {
        if (role == "default" || role == options.RoleArn) return;
        throw CopyFailure.Of($"User arn:aws:redshift:local:000000000000:dbuser:localcloud/{options.User} is not authorized to assume IAM Role {role}");
    }
}

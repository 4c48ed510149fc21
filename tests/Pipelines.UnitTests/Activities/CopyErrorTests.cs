using Npgsql;
using Pipelines.Activities.Redshift;

namespace Pipelines.UnitTests.Activities;

public sealed class CopyErrorTests
{
    [TestCase("S3ServiceException:Please reduce your request rate.,Status 503,Error SlowDown,Rid X", true, "S3 failed while Redshift read it")]
    [TestCase("Problem reading manifest file - S3ServiceException:We encountered an internal error.,Status 500,Error InternalError", true, "S3 failed while Redshift read it")]
    [TestCase("S3CurlException: Failure when receiving data from the peer, CurlError 56, multiCurlError 0", true, "could not read S3")]
    [TestCase("S3ServiceException:Access Denied,Status 403,Error AccessDenied", false, "s3:GetObject")]
    [TestCase("S3ServiceException:The specified bucket does not exist,Status 404,Error NoSuchBucket", false, "clear the extract task")]
    [TestCase("1023 Serializable isolation violation on table", true, "")]
    [TestCase("Load into table 'orders' failed.  Check 'stl_load_errors' system table for details.", false, "")]
    public void What_may_pass_is_tried_again_and_what_does_not_says_what_to_do(string message, bool mayPass, string advice)
    {
        var sorted = CopyErrors.Sort(new PostgresException(message, "ERROR", "ERROR", "XX000"));

        Assert.That(sorted.MayPass, Is.EqualTo(mayPass));
        Assert.That(sorted.Advice, Does.Contain(advice));
    }
}

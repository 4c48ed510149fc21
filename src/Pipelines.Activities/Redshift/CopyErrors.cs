using System.Text.RegularExpressions;
using Npgsql;

namespace Pipelines.Activities.Redshift;

/// <summary>
/// Sorts why a COPY as a whole failed. Redshift says nearly everything as XX000: that S3 was busy while it read and that another
/// transaction came between may pass; a bad file, role or bucket does not.
/// </summary>
internal static partial class CopyErrors
{
    /// <summary>What to do, with a space before it, or nothing; and whether the same COPY may succeed later.</summary>
    public static (string Advice, bool MayPass) Sort(PostgresException error)
    {
        if (error.SqlState != PostgresErrorCodes.InternalError) return ("", true);
        var text = $"{error.MessageText} {error.Detail}";
        if (Status().Match(text) is { Success: true } status) return OfS3(int.Parse(status.Groups[1].ValueSpan, System.Globalization.CultureInfo.InvariantCulture), text);
        return text.Contains("1023", StringComparison.Ordinal) ? ("", true)
            : Unreachable().IsMatch(text) ? (" Redshift could not read S3; the next attempt may succeed.", true)
            : ("", false);
    }

    private static (string Advice, bool MayPass) OfS3(int status, string text) => status switch
    {
        _ when status >= 500 || (status == 400 && text.Contains("RequestTimeout", StringComparison.Ordinal)) => (" S3 failed while Redshift read it; the next attempt may succeed.", true),
        403 => (" Let the role or user that COPY names read the bucket (s3:GetObject, s3:ListBucket).", false),
        404 => (" The manifest or one of its files is gone; clear the extract task to write the files again.", false),
        _ => ("", false),
    };

    [GeneratedRegex(@"S3ServiceException:.*?,\s*Status (\d{3})", RegexOptions.Singleline)]
    private static partial Regex Status();

    [GeneratedRegex("S3CurlException|Connection (was )?(reset|timed out|refused)|Failure when receiving data from the peer|couldn't connect to host", RegexOptions.IgnoreCase)]
    private static partial Regex Unreachable();
}

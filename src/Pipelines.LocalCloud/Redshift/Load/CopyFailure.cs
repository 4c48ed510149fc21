using Pipelines.LocalCloud.Redshift.Wire;

namespace Pipelines.LocalCloud.Redshift.Load;

/// <summary>Errors of a COPY that concern a file or the whole load, with the detail block that Redshift prints.</summary>
internal static class CopyFailure
{
    private const string Rule = "  -----------------------------------------------";

    /// <param name="url">The object being read, if any.</param>
    public static SqlErrorException Of(string message, string? url = null) => new(SqlError.Internal(message,
        $"""

        {Rule}
          error:  {message}
          code:      8001
          context:   {(url is null ? "" : "S3 key being read : " + url)}
          location:  LocalCloud's stand-in for Redshift
        {Rule}

        """));

    public static SqlErrorException TooManyBadRows(string table) => new(SqlError.Internal(
        $"Load into table '{table}' failed.  Check 'stl_load_errors' system table for details."));
}

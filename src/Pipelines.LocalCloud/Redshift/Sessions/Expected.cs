using Pipelines.LocalCloud.Redshift.Wire;

namespace Pipelines.LocalCloud.Redshift.Sessions;

/// <summary>A message the backend got and will answer.</summary>
internal enum Request { Query, Parse, Bind, DescribeStatement, DescribePortal, Execute, Close, Sync }

/// <summary>Who sees the answer.</summary>
internal enum Audience
{
    Client,
    /// <summary>The client sees rows and completion as a simple query shows them, and not that the endpoint took the extended protocol.</summary>
    ClientAsSimpleQuery,
    /// <summary>Only errors reach the client.</summary>
    Endpoint,
}

/// <param name="InsteadOfError">What the client reads when the backend refuses this request.</param>
internal readonly record struct Expected(Request Request, Audience Audience, SqlError? InsteadOfError = null)
{
    /// <summary>True when <paramref name="type"/> is the last message of the answer.</summary>
    public bool EndsWith(char type) => Request switch
    {
        Request.Query or Request.Sync => type == 'Z',
        Request.Parse => type == '1',
        Request.Bind => type == '2',
        Request.Close => type == '3',
        Request.Execute => type is 'C' or 'I' or 's',
        _ => type is 'T' or 'n',
    };

    public bool Shows(char type) => Audience switch
    {
        Audience.Client => true,
        Audience.ClientAsSimpleQuery => type is not ('1' or '2' or '3' or 'n' or 't'),
        _ => false,
    };
}

using Pipelines.Model.Activities;
using Pipelines.Model.Connections;

namespace Pipelines.Activities.Mail;

/// <summary>Mail servers, as the connections page asks them. They have no tables.</summary>
internal sealed class SmtpConnectionType : IConnectionType
{
    public string Name => "smtp";

    public async Task<ConnectionTest> TestAsync(Connection connection, CancellationToken cancellation)
    {
        try
        {
            var server = MailServer.Of(connection);
            var how = await server.GreetAsync(TimeProvider.System, cancellation);
            return new ConnectionTest(true, $"The mail server answers {how}{(string.IsNullOrEmpty(connection.Login) ? "" : " and takes the login")}.");
        }
        catch (TaskFailure failure)
        {
            return new ConnectionTest(false, failure.Message);
        }
    }

    public Task<IReadOnlyList<string>> ListTablesAsync(Connection connection, CancellationToken cancellation) => Task.FromResult<IReadOnlyList<string>>([]);

    public Task<IReadOnlyList<string>> ListColumnsAsync(Connection connection, string table, CancellationToken cancellation) => Task.FromResult<IReadOnlyList<string>>([]);
}

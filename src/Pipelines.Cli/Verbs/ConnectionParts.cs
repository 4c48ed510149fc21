using System.CommandLine;
using System.CommandLine.Parsing;
using Pipelines.Model.Connections;

namespace Pipelines.Cli.Verbs;

/// <summary>The options that give a connection part by part, named as Airflow's.</summary>
internal sealed class ConnectionParts
{
    private readonly Option<string?> _type = new("--conn-type") { Description = "Its type, e.g. postgres, with the other parts by the options below" };
    private readonly Option<string?> _description = new("--conn-description") { Description = "One sentence for people" };
    private readonly Option<string?> _host = new("--conn-host") { Description = "Host" };
    private readonly Option<string?> _login = new("--conn-login") { Description = "Login" };
    private readonly Option<string?> _schema = new("--conn-schema") { Description = "Schema, or the name of the database" };
    private readonly Option<int?> _port = new("--conn-port") { Description = "Port" };
    private readonly Option<string?> _extra = new("--conn-extra") { Description = "Extra, a JSON object" };

    /// <summary>The one part that is secret.</summary>
    public Option<string?> Password { get; } = new("--conn-password") { Description = "Password; - reads it from standard input, which keeps it out of the process list and the shell's history" };

    private Option[] All => [_type, _description, _host, _login, Password, _schema, _port, _extra];

    public void AddTo(Command command)
    {
        foreach (var option in All) command.Options.Add(option);
    }

    public bool AreGiven(CommandResult result) => All.Any(option => result.GetResult(option) is not null);

    public bool HaveType(CommandResult result) => result.GetValue(_type) is not null;

    /// <exception cref="ConnectionException">A part is malformed.</exception>
    public Connection Read(ParseResult args, string connId, string? password) => ConnectionRules.Check(new Connection(connId, ConnectionRules.NormalizeType(args.GetValue(_type)!))
    {
        Description = args.GetValue(_description),
        Host = args.GetValue(_host),
        Login = args.GetValue(_login),
        Password = password,
        Schema = args.GetValue(_schema),
        Port = args.GetValue(_port),
        Extra = ConnectionJson.ReadExtra(connId, args.GetValue(_extra) ?? ""),
    });
}

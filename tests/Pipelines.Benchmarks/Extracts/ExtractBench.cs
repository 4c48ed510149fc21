using System.Text.RegularExpressions;
using Npgsql;
using Pipelines.Model.Connections;
using Pipelines.TestKit;

namespace Pipelines.Benchmarks.Extracts;

/// <summary>A LocalCloud in a process of its own whose source holds <see cref="Orders"/>, and a process that swallows uploads.</summary>
internal sealed partial class ExtractBench : IAsyncDisposable
{
    /// <summary>Ids of the connections that a child is given.</summary>
    public const string Source = "postgres_default";
    public const string LocalCloud = "aws_default";
    public const string Sink = "aws_sink";
    public const string Bucket = "lake";

    private readonly TemporaryDirectory _folder = new();
    private readonly Dictionary<string, string> _environment = [];
    private readonly CommandLine _cloud;
    private readonly ChildProcess _sink;

    private ExtractBench()
    {
        _cloud = CommandLine.Start(["localcloud", "--data-dir", _folder["cloud"], "--postgres-port", "0", "--s3-port", "0", "--redshift-port", "0"]);
        _sink = ChildProcess.Start(Swallow.Role, _environment);
    }

    /// <summary>Where LocalCloud keeps what is extracted.</summary>
    public Lake Lake { get; private set; } = null!;

    /// <summary>The source as psql takes it.</summary>
    public string SourceUri { get; private set; } = "";

    public static async Task<ExtractBench> StartAsync()
    {
        var bench = new ExtractBench();
        await bench._cloud.LineAsync(line => line.StartsWith("LocalCloud is running", StringComparison.Ordinal));
        foreach (var uri in AddConnection().Matches(bench._cloud.Output).ToDictionary(match => match.Groups["id"].Value, match => match.Groups["uri"].Value))
            bench._environment[ConnectionRules.EnvironmentName(uri.Key)] = uri.Value;
        bench._environment[ConnectionRules.EnvironmentName(Sink)] =
            $"aws://swallowed:swallowed@/?endpoint_url={Uri.EscapeDataString(await bench._sink.LineAsync())}&region_name=us-east-1";
        bench.SourceUri = bench._environment[ConnectionRules.EnvironmentName(Source)];
        bench.Lake = new Lake(ConnectionUri.Parse(LocalCloud, bench._environment[ConnectionRules.EnvironmentName(LocalCloud)]));
        foreach (var rows in new[] { Orders.Few, Orders.Many }) await bench.FillAsync(rows);
        return bench;
    }

    /// <summary>Gives the source one more table.</summary>
    public Task FillAsync(int rows) => Orders.FillAsync(ConnectionString(ConnectionUri.Parse(Source, SourceUri)), rows);

    /// <summary>A process for <see cref="Attempt"/>s.</summary>
    public async Task<ChildProcess> ExtractorAsync()
    {
        var child = ChildProcess.Start(Attempt.Role, _environment);
        await child.LineAsync();
        return child;
    }

    public async ValueTask DisposeAsync()
    {
        Lake.Dispose();
        await _sink.DisposeAsync();
        await _cloud.DisposeAsync();
        _folder.Dispose();
    }

    private static string ConnectionString(Connection source) => new NpgsqlConnectionStringBuilder
    {
        Host = source.Host,
        Port = source.Port ?? 5432,
        Username = source.Login,
        Password = source.Password,
        Database = source.Schema,
    }.ConnectionString;

    [GeneratedRegex("connections add (?<id>[a-z_]+) --conn-uri '(?<uri>[^']+)'")]
    private static partial Regex AddConnection();
}

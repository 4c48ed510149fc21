using System.CommandLine;
using System.Net;
using Pipelines.Cli.Hosting;
using Pipelines.Cli.Terminal;

namespace Pipelines.Cli.Verbs;

/// <summary><c>health</c>: asks the host of this environment how it is, for container engines whose image has no curl.</summary>
internal static class HealthVerb
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(8);

    public static Command Create()
    {
        var live = new Option<bool>("--live") { Description = "Ask only whether the process is worth keeping, not whether its database answers" };
        var command = new Command("health", "Ask the host that listens on PIPELINES_URL whether it is well: exit code 0, else 1.") { live };
        command.SetAction(async (args, cancellation) =>
        {
            var url = new Uri(Own(Settings.Url), args.GetValue(live) ? "/health/live" : "/health/ready");
            if (!await AnswersAsync(url, cancellation)) throw new CliError($"{url} does not say that it is well. The host's log says more.");
            Console.Out.WriteLine("ok");
            return 0;
        });
        return command;
    }

    private static async Task<bool> AnswersAsync(Uri url, CancellationToken cancellation)
    {
        using var client = new HttpClient { Timeout = Patience };
        try
        {
            return (await client.GetAsync(url, cancellation)).IsSuccessStatusCode;
        }
        catch (Exception error) when (error is HttpRequestException or TaskCanceledException && !cancellation.IsCancellationRequested)
        {
            return false;
        }
    }

    /// <summary>A host that listens on every address is asked on this machine's own.</summary>
    private static Uri Own(Uri url) => IPAddress.TryParse(url.Host.Trim('[', ']'), out var address) && (IPAddress.Any.Equals(address) || IPAddress.IPv6Any.Equals(address))
        ? new UriBuilder(url) { Host = "127.0.0.1" }.Uri : url;
}

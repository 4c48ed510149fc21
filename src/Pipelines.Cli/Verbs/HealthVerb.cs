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
        var home = Options.DataDirectory();
        var command = new Command("health", "Ask the host that listens on PIPELINES_URL, or else a running standalone, whether it is well: exit code 0, else 1.") { live, home };
        command.SetAction(async (args, cancellation) =>
        {
            var standalone = Settings.Given("URL") is null ? new Home(args.GetValue(home)!).FindUrl() : null;
            var url = new Uri(standalone is null ? Own(Settings.Url) : new Uri(standalone), args.GetValue(live) ? "/health/live" : "/health/ready");
            if (await ProblemAsync(url, cancellation) is { } problem) throw new CliError(problem);
            Console.Out.WriteLine("ok");
            return 0;
        });
        return command;
    }

    /// <summary>Null: it is well.</summary>
    private static async Task<string?> ProblemAsync(Uri url, CancellationToken cancellation)
    {
        using var client = new HttpClient { Timeout = Patience };
        try
        {
            var status = (int)(await client.GetAsync(url, cancellation)).StatusCode;
            return status switch
            {
                StatusCodes.Status200OK => null,
                StatusCodes.Status503ServiceUnavailable => $"The host on {url} says that it is not well; its log says why.",
                _ => $"{url} answers with status {status}, so no host of Pipelines is there. Set PIPELINES_URL to the host's address.",
            };
        }
        catch (HttpRequestException)
        {
            return $"Nobody answers on {url}. Start the host, or set PIPELINES_URL to the address where it listens.";
        }
        catch (TaskCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return $"{url} did not answer within {Patience.TotalSeconds} s. If this goes on, restart the host; its log says more.";
        }
    }

    /// <summary>A host that listens on every address is asked on this machine's own.</summary>
    private static Uri Own(Uri url) => IPAddress.TryParse(url.Host.Trim('[', ']'), out var address) && (IPAddress.Any.Equals(address) || IPAddress.IPv6Any.Equals(address))
        ? new UriBuilder(url) { Host = "127.0.0.1" }.Uri : url;
}

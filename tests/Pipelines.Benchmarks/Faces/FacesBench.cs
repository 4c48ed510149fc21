using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Npgsql;
using Pipelines.TestKit;

namespace Pipelines.Benchmarks.Faces;

/// <summary>A standalone with a DAG of 50 tasks and 365 finished runs, a signed-in HTTP client, and a Chromium.</summary>
internal sealed partial class FacesBench : IAsyncDisposable
{
    public const string DagId = "wide_daily";
    public const int Runs = 365;
    public const int Tasks = 50;
    private const string Password = "only for measuring";

    private readonly TemporaryDirectory _folder = new();
    private CommandLine _standalone = null!;
    private IPlaywright _playwright = null!;

    public string Url { get; private set; } = "";

    /// <summary>Follows no redirect; has the session's cookie.</summary>
    public HttpClient Http { get; private set; } = null!;

    public NpgsqlDataSource Database { get; private set; } = null!;

    public IBrowser Chromium { get; private set; } = null!;

    /// <summary>The standalone's process, without its PostgreSQL.</summary>
    public int ProcessId { get; private set; }

    public static async Task<FacesBench> StartAsync()
    {
        var bench = new FacesBench();
        var data = Path.Combine(bench._folder.Path, "data");
        var workflows = Directory.CreateDirectory(Path.Combine(bench._folder.Path, "workflows")).FullName;
        await File.WriteAllTextAsync(Path.Combine(workflows, $"{DagId}.json"), WideDag.Json());
        bench._standalone = CommandLine.Start(["standalone", "--port", "0", "--data-dir", data, "--workflows", workflows],
            new Dictionary<string, string?> { ["PIPELINES_ADMIN_PASSWORD"] = Password });
        bench.Url = Address().Match(await bench._standalone.LineAsync(line => line.Contains("is running on", StringComparison.Ordinal))).Value;
        bench.ProcessId = bench._standalone.ProcessId;
        using var home = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(data, "standalone.json")));
        bench.Database = NpgsqlDataSource.Create(home.RootElement.GetProperty(nameof(Database)).GetString()!);
        await WideDag.SeedAsync(bench.Database);
        await bench.SignInAsync();
        bench._playwright = await Playwright.CreateAsync();
        bench.Chromium = await bench._playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = Need.Tool("chromium"),
            Args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
        });
        return bench;
    }

    /// <summary>A fresh browser profile that is signed in.</summary>
    public async Task<IBrowserContext> VisitAsync()
    {
        var context = await Chromium.NewContextAsync(new() { BaseURL = Url, ViewportSize = new() { Width = 1280, Height = 800 } });
        var page = await context.NewPageAsync();
        await page.GotoAsync("/login");
        await page.GetByLabel("User name").FillAsync("admin");
        await page.GetByLabel("Password").FillAsync(Password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await page.WaitForURLAsync(url => !url.Contains("/login", StringComparison.Ordinal));
        await page.CloseAsync();
        return context;
    }

    /// <summary>Processor time that the standalone has used so far.</summary>
    public TimeSpan ProcessorTime()
    {
        using var process = System.Diagnostics.Process.GetProcessById(ProcessId);
        return process.TotalProcessorTime;
    }

    /// <summary>Cores that the standalone uses on average while the DAG's newest run changes ten times a second.</summary>
    public async Task<double> CoresAsync(TimeSpan window)
    {
        var before = ProcessorTime();
        var start = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(start) < window)
        {
            await WideChange.ApplyAsync(Database);
            await Task.Delay(TimeSpan.FromMilliseconds(100));
        }
        return (ProcessorTime() - before) / TimeProvider.System.GetElapsedTime(start);
    }

    /// <summary>Run id of the run that changes.</summary>
    public async Task<string> NewestRunAsync()
    {
        await using var command = Database.CreateCommand("SELECT run_id FROM pipelines.dag_run WHERE dag_id = @dagId ORDER BY id DESC LIMIT 1");
        command.Parameters.AddWithValue("dagId", DagId);
        return (string)(await command.ExecuteScalarAsync())!;
    }

    public async ValueTask DisposeAsync()
    {
        await Chromium.DisposeAsync();
        _playwright.Dispose();
        Http.Dispose();
        await Database.DisposeAsync();
        await _standalone.DisposeAsync();
        _folder.Dispose();
    }

    private async Task SignInAsync()
    {
        Http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, MaxConnectionsPerServer = 1000 }) { BaseAddress = new Uri(Url) };
        var form = await Http.GetStringAsync("/login");
        var fields = HiddenField().Matches(form).ToDictionary(match => match.Groups["name"].Value, match => match.Groups["value"].Value);
        (fields["Input.Username"], fields["Input.Password"]) = ("admin", Password);
        using var content = new FormUrlEncodedContent(fields);
        using var answer = await Http.PostAsync("/login", content);
        if ((int)answer.StatusCode != 302) throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"Signing in answered {(int)answer.StatusCode}."));
    }

    [GeneratedRegex("http://127.0.0.1:[0-9]+")]
    private static partial Regex Address();

    [GeneratedRegex("<input type=\"hidden\" name=\"(?<name>[^\"]+)\" value=\"(?<value>[^\"]+)\"")]
    private static partial Regex HiddenField();
}

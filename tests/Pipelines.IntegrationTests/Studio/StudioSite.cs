using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using Pipelines.Api.Access;
using Pipelines.Api.Live;
using Pipelines.Engine.Execution.Transport;
using Pipelines.Engine.Operations;
using Pipelines.Model.Connections;
using Pipelines.Model.Runs;
using Pipelines.Storage;
using Pipelines.Storage.Secrets;
using Pipelines.TestKit;
using Pipelines.TestKit.Faults;
using Pipelines.Web;

namespace Pipelines.IntegrationTests.Studio;

/// <summary>A whole host in this process on a database of its own, asked over real HTTP. Its connection <c>own</c> leads to that database.</summary>
public sealed partial class StudioSite : IAsyncDisposable
{
    /// <summary>Everybody's.</summary>
    public const string Password = "correct horse battery staple";

    /// <summary>Who brings it may read the metrics.</summary>
    public const string MetricsToken = "a token for the metrics of the tests";

    private readonly TestDatabase _database;
    private readonly TemporaryDirectory _folder;
    private readonly WebApplication _app;
    private PostgresProxy? _proxy;
    private readonly List<HttpClient> _clients = [];

    private StudioSite(TestDatabase database, TemporaryDirectory folder, WebApplication app, PostgresProxy? proxy) => (_database, _folder, _app, _proxy) = (database, folder, app, proxy);

    public string Url => _app.Urls.First();

    public TestDatabase Sql => _database;

    public Database Database => Get<Database>();

    /// <summary>The admin, with a token.</summary>
    public HttpClient Admin { get; private set; } = null!;

    /// <summary>Starts a host.</summary>
    /// <param name="writable">False: its DAG folder cannot be written.</param>
    /// <param name="trusted">Proxies that it believes.</param>
    public static Task<StudioSite> StartAsync(bool writable = true, params IPNetwork[] trusted) => StartAsync(allowCode: false, writable, trusted);

    /// <summary>Starts a host whose designer may publish and test activities that run code.</summary>
    public static Task<StudioSite> StartWithCodeAsync() => StartAsync(allowCode: true, writable: true, []);

    /// <summary>Starts a host that reaches its database through a proxy, so that <see cref="LoseDatabaseAsync"/> can take it away.</summary>
    public static Task<StudioSite> StartBehindProxyAsync() => StartAsync(allowCode: false, writable: true, [], proxied: true);

    /// <summary>Nobody answers any more where the host looks for its database.</summary>
    public async Task LoseDatabaseAsync()
    {
        await _proxy!.DisposeAsync();
        _proxy = null;
    }

    private static async Task<StudioSite> StartAsync(bool allowCode, bool writable, IPNetwork[] trusted, bool proxied = false)
    {
        var database = await TestDatabase.FromTemplateAsync("host", async connectionString =>
        {
            await using var migrated = new Database(connectionString);
            await Migrator.MigrateAsync(migrated);
            _ = new TransportStorage(connectionString, workerCount: 0, new TaskNames(_ => null));
        });
        HaveNoStaticAssets();
        var reach = new NpgsqlConnectionStringBuilder(database.ConnectionString);
        var proxy = proxied ? new PostgresProxy(reach.Port) : null;
        if (proxy is not null) reach.Port = proxy.Port;
        var folder = new TemporaryDirectory();
        var workflows = writable ? Directory.CreateDirectory(folder["workflows"]).FullName : folder["absent", "workflows"];
        var app = PipelinesHost.Create(new PipelinesOptions
        {
            Database = reach.ConnectionString,
            FernetKey = FernetKey.Generate(),
            KeysDirectory = folder["keys"],
            JwtSecret = Tokens.GenerateSecret(),
            Workflows = workflows,
            Url = new Uri("http://127.0.0.1:0"),
            Workers = 2,
            MetricsToken = MetricsToken,
            TrustedProxies = trusted,
            DesignerAllowCode = allowCode,
            Roles = writable ? HostRoles.All : HostRoles.Web,
            LogLevel = LogLevel.Error,
        });
        var site = new StudioSite(database, folder, app, proxy);
        await app.Services.GetRequiredService<CreateUser>().EnsureFirstAsync(Password, CancellationToken.None);
        await app.Services.GetRequiredService<AddConnection>().ExecuteAsync(ConnectionUri.Parse("own", database.Uri), Actor, CancellationToken.None);
        await app.StartAsync();
        site.Admin = await site.SignInAsync("admin");
        return site;
    }

    private static Actor Actor { get; } = new("test", RunTriggeredBy.Cli);

    // They are the command line's; without a list of them, even an empty one, a host does not start.
    private static void HaveNoStaticAssets() => File.WriteAllText(
        Path.Combine(AppContext.BaseDirectory, $"{Assembly.GetEntryAssembly()!.GetName().Name}.staticwebassets.endpoints.json"), """{"Version":1,"ManifestType":"Build","Endpoints":[]}""");

    public T Get<T>()
        where T : notnull => _app.Services.GetRequiredService<T>();

    public string PathOf(string dagId) => _folder["workflows", $"{dagId}.json"];

    /// <summary>Waits until a run has ended, and reads it again only when something changed.</summary>
    public async Task<JsonObject> EndAsync(string instanceId)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var changed = new SemaphoreSlim(0);
        using var subscription = Get<LiveFeed>().Subscribe(_ => changed.Release());
        while (true)
        {
            var instance = await Admin.ReadAsync($"/workflow-instances/{instanceId}");
            if ((string?)instance["status"] == "Finished") return instance;
            await changed.WaitAsync(patience.Token);
        }
    }

    /// <summary>Adds a person and gives a client with a token of theirs.</summary>
    public async Task<HttpClient> NewPersonAsync(string username, string role, bool isAuthor = false)
    {
        await Get<CreateUser>().ExecuteAsync(username, Password, role, isAuthor, Actor, CancellationToken.None);
        return await SignInAsync(username);
    }

    /// <summary>A client with a token.</summary>
    public async Task<HttpClient> SignInAsync(string username)
    {
        var client = NewClient();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", await TokenAsync(username));
        return client;
    }

    public async Task<string> TokenAsync(string username)
    {
        var answer = await NewClient().PostAsJsonAsync("/auth/token", new { username, password = Password });
        Assert.That((int)answer.StatusCode, Is.EqualTo(201));
        return (await answer.Content.ReadFromJsonAsync<JsonObject>())!["access_token"]!.GetValue<string>();
    }

    /// <summary>A client with a session's cookie, as a browser gets it by the login page.</summary>
    public async Task<HttpClient> BrowseAsync(string username, CookieContainer? cookies = null)
    {
        var client = NewClient(cookies);
        var answer = await FillLoginAsync(client, username, Password);
        Assert.That(answer.RequestMessage!.RequestUri!.AbsolutePath, Is.Not.EqualTo("/login"), "signed in");
        return client;
    }

    /// <summary>Sends the login page's form, and follows where it leads.</summary>
    public static async Task<HttpResponseMessage> FillLoginAsync(HttpClient client, string username, string password)
    {
        var form = await client.GetStringAsync("/login");
        var fields = HiddenField().Matches(form).ToDictionary(match => match.Groups[1].Value, match => match.Groups[2].Value);
        foreach (Match match in TextField().Matches(form)) fields[match.Groups[1].Value] = match.Groups[1].Value.EndsWith("Password", StringComparison.Ordinal) ? password : username;
        return await client.PostAsync("/login", new FormUrlEncodedContent(fields));
    }

    public HttpClient NewClient(CookieContainer? cookies = null)
    {
        var client = new HttpClient(new SocketsHttpHandler { CookieContainer = cookies ?? new CookieContainer() }) { BaseAddress = new Uri(Url) };
        _clients.Add(client);
        return client;
    }

    /// <summary>Stops the host; clients keep their connections.</summary>
    public Task StopAsync() => _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients) client.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        // Hangfire keeps one log for the whole process: this host's, which is gone.
        Hangfire.Logging.LogProvider.SetCurrentLogProvider(null);
        if (_proxy is not null) await _proxy.DisposeAsync();
        await _database.DisposeAsync();
        _folder.Dispose();
    }

    [GeneratedRegex("<input type=\"hidden\" name=\"([^\"]+)\" value=\"([^\"]*)\"")]
    private static partial Regex HiddenField();

    [GeneratedRegex("<input(?![^>]*type=\"hidden\")[^>]*name=\"([^\"]+)\"")]
    private static partial Regex TextField();
}

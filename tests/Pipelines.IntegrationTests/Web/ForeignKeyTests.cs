using System.Security.Claims;
using Bunit;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using MudBlazor;
using MudBlazor.Services;
using Pipelines.Api.Access;
using Pipelines.Api.Live;
using Pipelines.Engine.Operations;
using Pipelines.IntegrationTests.Storage;
using Pipelines.Model.Runs;
using Pipelines.Storage;
using Pipelines.Storage.Access;
using Pipelines.Storage.Secrets;
using Pipelines.Web.Components;
using Pipelines.Web.Components.Pages;
using Pipelines.Web.Live;

namespace Pipelines.IntegrationTests.Web;

/// <summary>The pages of a host whose Fernet key is not the installation's say so.</summary>
public sealed class ForeignKeyTests
{
    private Migrated _migrated = null!;
    private BunitContext _context = null!;
    private Database _foreign = null!;
    private LiveFeed _feed = null!;

    [SetUp]
    public async Task CreateAsync()
    {
        _migrated = await Migrated.CreateAsync();
        await _migrated.Database.InTransactionAsync(SecretCheckTable.EnsureAsync);
        _foreign = new Database(_migrated.Server.ConnectionString, new FernetKeys(FernetKey.Generate()));
        await new CreateUser(_foreign, TimeProvider.System).ExecuteAsync("ada", "correct horse battery staple", "admin", false, new Actor("test", RunTriggeredBy.Cli), CancellationToken.None);
        var ada = (await _foreign.InTransactionAsync(tx => UserTable.FindAsync(tx, "ada")))!;
        _feed = new LiveFeed(_foreign, TimeProvider.System, NullLogger<LiveFeed>.Instance);
        _context = new BunitContext();
        _context.JSInterop.Mode = JSRuntimeMode.Loose;
        _context.AddAuthorization().SetAuthorized("ada").SetClaims([.. Credentials.Claims(ada).Where(claim => claim.Type != ClaimTypes.Name)]);
        _context.Services.AddSingleton(TimeProvider.System).AddSingleton(_foreign).AddSingleton(_feed).AddSingleton<SharedReads>().AddSingleton<SetVariable>().AddSingleton<DeleteVariable>();
        _context.Services.AddMudServices();
        _context.Renderer.SetRendererInfo(new RendererInfo("Server", true));
    }

    [TearDown]
    public async Task DropAsync()
    {
        await _context.DisposeAsync();
        _feed.Dispose();
        await _foreign.DisposeAsync();
        await _migrated.DisposeAsync();
    }

    [Test]
    public async Task What_is_saved_is_refused_at_the_pages_edge_and_stays_in_the_form()
    {
        _context.Services.GetRequiredService<NavigationManager>().NavigateTo("/variables?edit=%2B");
        var page = _context.Render<Variables>();
        await page.WaitForElement("[data-testid=key]").ChangeAsync(new ChangeEventArgs { Value = "region" });

        await page.Find("form").SubmitAsync();

        var snackbar = _context.Services.GetRequiredService<ISnackbar>();
        page.WaitForState(() => snackbar.ShownSnackbars.Any());
        Assert.That(snackbar.ShownSnackbars.Single().Message, Does.StartWith("PIPELINES_FERNET_KEY is not the key"));
        Assert.That(page.Find("[data-testid=key]").GetAttribute("value"), Is.EqualTo("region"));
    }

    [Test]
    public async Task What_is_to_be_shown_says_which_secret_and_what_to_do()
    {
        await _migrated.Database.InTransactionAsync(tx => VariableTable.PutAsync(tx, "region", "eu"));

        var layout = _context.Render<MainLayout>(parameters => parameters.Add(shown => shown.Body, body =>
        {
            body.OpenComponent<Variables>(0);
            body.CloseComponent();
        }));

        Assert.That(layout.WaitForElement("p.problem").TextContent, Does.StartWith("Variable 'region' cannot be decrypted").And.Contain("Add that key to PIPELINES_FERNET_KEY"));
    }
}

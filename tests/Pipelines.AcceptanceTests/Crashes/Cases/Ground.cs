namespace Pipelines.AcceptanceTests.Crashes.Cases;

/// <summary>One installation for all short crash tests; each brings a workload of its own.</summary>
[SetUpFixture]
public sealed class Ground
{
    private static Installation? _installation;

    internal static Installation Installation => _installation!;

    [OneTimeSetUp]
    public async Task StartAsync() => _installation = await Installation.StartAsync(new Shape(2, 2, 1), ("PIPELINES_LEASE", "2"));

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        if (_installation is null) return;
        foreach (var role in _installation.Roles) TestContext.Progress.WriteLine($"{role.Name} said last:\n{role.Said()}");
        await _installation.DisposeAsync();
    }
}

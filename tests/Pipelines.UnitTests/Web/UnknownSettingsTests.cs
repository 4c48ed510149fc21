using Pipelines.Web.Settings;

namespace Pipelines.UnitTests.Web;

/// <summary>What a host says of variables that look like settings and are none.</summary>
public sealed class UnknownSettingsTests
{
    [TestCase("PIPELINES_PARALELISM", "Did you mean PIPELINES_PARALLELISM?")]
    [TestCase("PIPELINES_FERNETKEY", "Did you mean PIPELINES_FERNET_KEY?")]
    [TestCase("PIPELINES_DATABASE_FIEL", "Did you mean PIPELINES_DATABASE_FILE?")]
    [TestCase("pipelines_lease", "Did you mean PIPELINES_LEASE?")]
    [TestCase("PIPELINES_SOMETHING_ELSE", "'pipelines config list' shows all settings.")]
    [TestCase("PIPELINES_", "'pipelines config list' shows all settings.")]
    public void A_name_that_nobody_reads_is_said_with_the_one_that_was_meant(string name, string hint) =>
        Assert.That(UnknownSettings.Warnings([name]), Is.EqualTo(new[] { $"{name} is not a setting and has no effect. {hint}" }));

    [Test]
    public void What_is_read_is_not_warned_of() => Assert.That(
        UnknownSettings.Warnings(["PATH", "PIPELINES_HOME", "PIPELINES_JWT_SECRET_FILE", "PIPELINESX", .. HostSettings.All.Select(setting => setting.Name)]), Is.Empty);
}

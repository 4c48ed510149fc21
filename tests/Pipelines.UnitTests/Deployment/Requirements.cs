using Pipelines.Web;
using Pipelines.Web.Settings;

namespace Pipelines.UnitTests.Deployment;

/// <summary>What the host itself says of what it is given.</summary>
internal static class Requirements
{
    /// <summary>Variables in the image that are no host's setting.</summary>
    private static readonly string[] Besides = ["PIPELINES_HOME", "ASPNETCORE_HTTP_PORTS"];

    /// <summary>The role of a command; none: it is no role.</summary>
    public static HostRoles Role(string verb) => Enum.TryParse<HostRoles>(verb, ignoreCase: true, out var role) && verb != "all" ? role : HostRoles.None;

    /// <summary>Reads the environment as a host of the role would, and fails for a name that no host knows.</summary>
    public static PipelinesOptions Read(HostRoles role, IReadOnlyDictionary<string, string> environment, string where)
    {
        var unknown = environment.Keys.Except(HostSettings.All.Select(setting => setting.Name)).Except(Besides);
        Assert.That(unknown, Is.Empty, $"{where} sets what no host reads");
        var unread = environment.Keys.Except(Besides).Where(name => role != HostRoles.None && (HostSettings.Named(name).UsedBy & role) == HostRoles.None);
        Assert.That(unread.Except(ImageWide), Is.Empty, $"{where} sets what its role does not look at");
        return HostSettings.Read(role, environment.GetValueOrDefault);
    }

    // The image sets them for all.
    private static readonly string[] ImageWide = ["PIPELINES_WORKFLOWS", "PIPELINES_KEYS_DIRECTORY"];
}

using Pipelines.TestKit;
using Pipelines.Web.Settings;

namespace Pipelines.UnitTests.Web;

/// <summary>The README's table of settings says what the hosts read.</summary>
public sealed class SettingsPageTests
{
    private const string Begin = "<!-- settings: written by the explicit test Write_the_settings_page -->";
    private const string End = "<!-- end of settings -->";
    private const string Command = "dotnet test tests/Pipelines.UnitTests --filter Name=Write_the_settings_page";

    private static string File { get; } = Path.Combine(Product.Root, "README.md");

    [Test]
    public void The_readme_lists_every_setting() =>
        Assert.That(Parts().Table, Is.EqualTo(Table()), $"README.md is behind the settings in src/Pipelines.Web/Settings. Run: {Command}");

    [Test]
    [Explicit("It writes README.md.")]
    public void Write_the_settings_page()
    {
        var (before, _, after) = Parts();
        System.IO.File.WriteAllText(File, before + Table() + after);
        Assert.Pass("README.md is written");
    }

    private static (string Before, string Table, string After) Parts()
    {
        var text = System.IO.File.ReadAllText(File).ReplaceLineEndings("\n");
        var (begin, end) = (text.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length, text.IndexOf(End, StringComparison.Ordinal));
        Assert.That(end, Is.GreaterThan(begin), $"README.md has lost the lines {Begin} and {End}");
        return (text[..begin], text[begin..end], text[end..]);
    }

    private static string Table() => string.Join('\n',
        ["", "| variable | what | default | roles |", "|---|---|---|---|", .. HostSettings.All.Select(Row), ""]);

    private static string Row(Setting setting) => $"| `{setting.Name}` | {setting.Doc} | {Default(setting)} | {setting.Roles} |";

    private static string Default(Setting setting) => setting.In(HostSettings.Defaults) is { Length: > 0 } text
        ? $"`{text}` {setting.Unit}".TrimEnd() : setting.RequiredBy == Pipelines.Web.HostRoles.None ? "none" : "**required**";
}

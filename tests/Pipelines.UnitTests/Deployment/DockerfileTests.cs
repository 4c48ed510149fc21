using Pipelines.TestKit;
using Pipelines.Web;

namespace Pipelines.UnitTests.Deployment;

/// <summary>The image is built from what is there, runs as nobody in particular, and sets what hosts read.</summary>
public sealed class DockerfileTests
{
    private static readonly ImageFile Image = ImageFile.Read();

    [Test]
    public void Its_stages_build_on_images_of_our_framework_and_on_each_other()
    {
        var from = Image.Instructions.Where(line => line.Name == "FROM").Select(line => line.Argument.Split(' ')).ToList();
        var framework = Properties().Single(line => line.Contains("<TargetFramework>", StringComparison.Ordinal)).Split('>', '<')[2]["net".Length..];
        var stages = from.Where(words => words.Length == 3).Select(words => words[2]).ToList();
        var copied = Image.Instructions.Where(line => line.Name == "COPY" && line.Argument.StartsWith("--from=", StringComparison.Ordinal)).Select(line => line.Argument.Split('=', ' ')[1]).Distinct();
        Assert.Multiple(() =>
        {
            Assert.That(from.Where(words => words[0].Contains("dotnet", StringComparison.Ordinal)).Select(words => words[0].Split(':')[1]), Is.All.EqualTo(framework).And.Exactly(2).Items);
            Assert.That(from.Select(words => words[0]), Is.All.Contains(":"), "a tag, so that today's build is tomorrow's");
            Assert.That(copied, Is.SubsetOf(stages));
        });
    }

    [Test]
    public void What_it_copies_is_there_and_is_sent_to_the_builder()
    {
        var sent = File.ReadAllLines(Path.Combine(Product.Root, ".dockerignore")).Where(line => line.StartsWith('!')).Select(line => line[1..]).ToList();
        var copied = Image.Instructions.Where(line => line.Name == "COPY" && !line.Argument.StartsWith("--", StringComparison.Ordinal)).Select(line => line.Argument.Split(' ')[0]).ToList();
        Assert.Multiple(() =>
        {
            Assert.That(copied, Is.EquivalentTo(sent));
            Assert.That(copied.Select(path => Path.Combine(Product.Root, path)), Is.All.Matches<string>(path => File.Exists(path) || Directory.Exists(path)));
        });
    }

    [Test]
    public void It_starts_our_program_without_the_rights_of_root()
    {
        Assert.Multiple(() =>
        {
            Assert.That(Image.Words("ENTRYPOINT"), Is.EqualTo(new[] { "dotnet", $"/app/{Path.GetFileName(Product.Cli)}" }));
            Assert.That(Image.Words("HEALTHCHECK"), Is.EqualTo(Image.Words("ENTRYPOINT").Append("health")));
            Assert.That(Image.Last.Last(line => line.Name == "USER").Argument, Is.EqualTo("$APP_UID"), "the user of .NET's images");
            Assert.That(Image.Instructions.Select(line => line.Argument), Has.None.Contains("PASSWORD").And.None.Contains("SECRET"));
        });
    }

    [Test]
    public void What_it_sets_hosts_read_and_the_folders_it_names_are_made_for_its_user()
    {
        var options = Requirements.Read(HostRoles.None, Image.Environment, "Dockerfile");
        var made = Image.Last.Single(line => line.Name == "RUN").Argument;
        Assert.Multiple(() =>
        {
            Assert.That(options.Url.Port.ToString(System.Globalization.CultureInfo.InvariantCulture), Is.EqualTo(Image.Last.Single(line => line.Name == "EXPOSE").Argument));
            Assert.That(options.LogFormat, Is.EqualTo(LogFormat.Json));
            foreach (var folder in new[] { options.Workflows, options.Plugins, options.KeysDirectory, Image.Environment["PIPELINES_HOME"] })
                Assert.That(made, Does.Match($"mkdir.* {folder}\\b.*chown \\$APP_UID.* {folder}\\b"));
        });
    }

    private static string[] Properties() => File.ReadAllLines(Path.Combine(Product.Root, "src", "Directory.Build.props"));
}

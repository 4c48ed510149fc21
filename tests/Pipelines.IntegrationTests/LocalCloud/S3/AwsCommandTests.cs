using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;
using Pipelines.TestKit;

namespace Pipelines.IntegrationTests.LocalCloud.S3;

/// <summary>The aws command line, as a user would type it.</summary>
public sealed class AwsCommandTests : S3Fixture
{
    [Test]
    public async Task A_folder_is_synced_listed_and_removed()
    {
        await Aws("s3", "mb", "s3://cli");
        var folder = Directory.CreateDirectory(Path.Combine(Folder.Path, "tree", "sub dir")).Parent!.FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "a.csv"), "1\n");
        await File.WriteAllTextAsync(Path.Combine(folder, "sub dir", "b é.csv"), "2\n");
        Assert.That(await Aws("s3", "sync", folder, "s3://cli/tree"), Does.Contain("upload:"));
        Assert.That(await Aws("s3", "sync", folder, "s3://cli/tree", "--size-only"), Is.Empty);
        Assert.That(await Aws("s3", "ls", "s3://cli/tree/"), Does.Contain("PRE sub dir/").And.Contain("a.csv"));
        await Aws("s3", "cp", "s3://cli/tree/sub dir/b é.csv", "s3://cli/copied.csv");
        await Aws("s3", "mv", "s3://cli/copied.csv", Path.Combine(Folder.Path, "moved.csv"));
        Assert.That(await File.ReadAllTextAsync(Path.Combine(Folder.Path, "moved.csv")), Is.EqualTo("2\n"));
        Assert.That(await Aws("s3", "ls", "--recursive", "s3://cli"), Does.Contain("tree/sub dir/b é.csv").And.Not.Contain("copied"));
        await Aws("s3", "rm", "--recursive", "s3://cli/tree");
        await Aws("s3", "rb", "s3://cli");
        Assert.That(await Aws("s3", "ls"), Does.Not.Contain("cli"));
    }

    [Test]
    public async Task A_file_in_parts_goes_up_across_and_down_identical()
    {
        var source = Path.Combine(Folder.Path, "parts.bin");
        var body = new byte[20 * 1024 * 1024 + 1];
        new Random(3).NextBytes(body);
        await File.WriteAllBytesAsync(source, body);
        var down = Path.Combine(Folder.Path, "parts.down");
        await Aws("s3", "cp", source, "s3://lake/parts.bin");
        await Aws("s3", "cp", "s3://lake/parts.bin", "s3://lake/across.bin");
        await Aws("s3", "cp", "s3://lake/across.bin", down);
        Assert.That(SHA256.HashData(await File.ReadAllBytesAsync(down)), Is.EqualTo(SHA256.HashData(body)));
        Assert.That(Endpoint.Store.Find(Lake, "parts.bin")!.ETag, Does.EndWith("-3"));
    }

    [Test]
    public async Task The_plain_operations_answer_what_the_command_understands()
    {
        var file = Path.Combine(Folder.Path, "api.txt");
        await File.WriteAllTextAsync(file, "hello");
        await Aws("s3api", "put-object", "--bucket", Lake, "--key", "api", "--body", file, "--metadata", "rows=3", "--checksum-algorithm", "SHA256");
        using var head = JsonDocument.Parse(await Aws("s3api", "head-object", "--bucket", Lake, "--key", "api", "--checksum-mode", "ENABLED"));
        Assert.That(head.RootElement.GetProperty("Metadata").GetProperty("rows").GetString(), Is.EqualTo("3"));
        Assert.That(head.RootElement.GetProperty("ChecksumSHA256").GetString(), Is.EqualTo(Convert.ToBase64String(SHA256.HashData("hello"u8))));
        using var attributes = JsonDocument.Parse(await Aws(
            "s3api", "get-object-attributes", "--bucket", Lake, "--key", "api", "--object-attributes", "ObjectSize", "Checksum"));
        Assert.That(attributes.RootElement.GetProperty("ObjectSize").GetInt64(), Is.EqualTo(5));
        await Aws("s3api", "get-bucket-location", "--bucket", Lake);
        await Aws("s3api", "get-bucket-acl", "--bucket", Lake);
        await Aws("s3api", "get-bucket-versioning", "--bucket", Lake);
        var link = (await Aws("s3", "presign", "s3://lake/api")).Trim();
        using var http = new HttpClient();
        Assert.That(await http.GetStringAsync(new Uri(link)), Is.EqualTo("hello"));
    }

    [Test]
    public async Task A_key_may_start_with_slashes_and_climb()
    {
        const string Key = "//../../etc/passwd";
        var file = Path.Combine(Folder.Path, "climb.txt");
        await File.WriteAllTextAsync(file, "harmless");
        await Aws("s3api", "put-object", "--bucket", Lake, "--key", Key, "--body", file);
        await Aws("s3api", "get-object", "--bucket", Lake, "--key", Key, file + ".back");
        Assert.That(await File.ReadAllTextAsync(file + ".back"), Is.EqualTo("harmless"));
        Assert.That(Endpoint.Store.Find(Lake, Key)!.Size, Is.EqualTo(8));
    }

    [Test]
    public async Task A_refusal_is_shown_in_words()
    {
        var (exitCode, _, error) = await Run("s3", "ls", "s3://no-such-bucket");
        Assert.That(exitCode, Is.Not.Zero);
        Assert.That(error, Does.Contain("NoSuchBucket"));
    }

    private async Task<string> Aws(params string[] arguments)
    {
        var (exitCode, output, error) = await Run(arguments);
        Assert.That(exitCode, Is.Zero, $"aws {string.Join(' ', arguments)}\n{error}");
        return output;
    }

    private async Task<(int ExitCode, string Output, string Error)> Run(params string[] arguments)
    {
        var start = new ProcessStartInfo(Need.Tool("aws"), arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["AWS_ENDPOINT_URL"] = Endpoint.Uri.ToString();
        start.Environment["AWS_ACCESS_KEY_ID"] = AccessKey;
        start.Environment["AWS_SECRET_ACCESS_KEY"] = SecretKey;
        start.Environment["AWS_DEFAULT_REGION"] = "us-east-1";
        // The developer's own settings are none of the test's. Without this one, `presign` still signs the old way in us-east-1.
        var config = Path.Combine(Folder.Path, "aws-config");
        await File.WriteAllTextAsync(config, "[default]\ns3 =\n  signature_version = s3v4\n");
        start.Environment["AWS_CONFIG_FILE"] = config;
        start.Environment["AWS_SHARED_CREDENTIALS_FILE"] = Path.Combine(Folder.Path, "no-credentials");
        start.Environment["PYTHONIOENCODING"] = "utf-8";
        start.Environment["LC_ALL"] = "C.UTF-8";
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output, await error);
    }
}

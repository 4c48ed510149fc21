using System.Security.Cryptography;
using System.Text.Json;

namespace Pipelines.LocalCloud;

/// <summary>The secrets of one data directory: given, or generated at its first start and kept (mode 0600), so that clients stay valid.</summary>
internal sealed record LocalCloudKeys(string AccessKey, string SecretKey, string RedshiftPassword)
{
    // An account number that AWS's own documentation uses for examples.
    public const string RoleArn = "arn:aws:iam::123456789012:role/localcloud";

    public static LocalCloudKeys Of(LocalCloudOptions options)
    {
        var kept = ReadOrGenerate(Path.Combine(options.DataDirectory, "keys.json"));
        return new LocalCloudKeys(
            options.AccessKey ?? kept.AccessKey, options.SecretKey ?? kept.SecretKey, options.RedshiftPassword ?? kept.RedshiftPassword);
    }

    private static LocalCloudKeys ReadOrGenerate(string path)
    {
        if (File.Exists(path))
            return JsonSerializer.Deserialize<LocalCloudKeys>(File.ReadAllText(path))
                ?? throw new InvalidDataException($"{path} holds no keys. Delete it, and new ones are made at the next start.");

        var generated = new LocalCloudKeys(
            "AKIA" + RandomNumberGenerator.GetString("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16), RandomNumberGenerator.GetHexString(40, lowercase: true),
            RandomNumberGenerator.GetHexString(32, lowercase: true));
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var file = new FileStream(path, options);
        JsonSerializer.Serialize(file, generated);
        return generated;
    }
}

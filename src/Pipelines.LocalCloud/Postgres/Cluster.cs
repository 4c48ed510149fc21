using System.Net;
using System.Security.Cryptography;

namespace Pipelines.LocalCloud.Postgres;

/// <summary>
/// One server's folder: <c>cluster/</c> (PostgreSQL's data), <c>superuser-password</c>, <c>server.log</c>, <c>lock</c>. A cluster is made under
/// another name and renamed when it is whole, so a killed initdb leaves nothing that looks like a cluster.
/// </summary>
internal sealed class Cluster(string folder)
{
    public const string Superuser = "postgres";

    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public string Folder { get; } = Path.GetFullPath(folder);

    public string Data => Path.Combine(Folder, "cluster");

    public string Access => Path.Combine(Folder, "pg_hba.conf");

    public string Libraries => Path.Combine(Folder, "lib");

    public string Log => Path.Combine(Folder, "server.log");

    private string Unfinished => Path.Combine(Folder, "cluster.unfinished");

    private string PasswordFile => Path.Combine(Folder, "superuser-password");

    /// <summary>The major version that wrote the cluster; null when there is none yet.</summary>
    public int? Major => File.Exists(Path.Combine(Data, "PG_VERSION")) ? int.Parse(File.ReadAllText(Path.Combine(Data, "PG_VERSION"))) : null;

    public string Password => File.Exists(PasswordFile) ? File.ReadAllText(PasswordFile).Trim() : throw new EmbeddedPostgresException(
        $"{PasswordFile} is missing, so nobody can log in to the PostgreSQL in {Data}. Put the file back, or move {Folder} away to begin with an empty server.");

    /// <summary>Holds the folder for this process until disposed; the system lets go of it when the process dies.</summary>
    /// <exception cref="EmbeddedPostgresException">Another live process holds it.</exception>
    public FileStream Claim()
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(Folder);
        else
            Directory.CreateDirectory(Folder, Private | UnixFileMode.UserExecute);
        try
        {
            return new FileStream(Path.Combine(Folder, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e)
        {
            throw new EmbeddedPostgresException(
                $"The PostgreSQL data directory {Folder} is in use by another Pipelines process. Stop that one, or choose another data directory.", e);
        }
    }

    /// <summary>Runs initdb unless the cluster is there.</summary>
    public async Task EnsureAsync(PostgresBinaries binaries, Launcher launcher, CancellationToken cancel)
    {
        await launcher.HandOverAsync(Folder, cancel);
        await launcher.RequireAccessAsync(Folder, cancel);
        if (Major is not null)
            return;

        DeleteUnfinished();
        WritePassword();
        await launcher.HandOverAsync(PasswordFile, cancel);
        // fsync is the server's to decide; a half-written cluster is rebuilt anyway.
        var made = await Subprocess.RunAsync(launcher.Short([binaries.Initdb, "-D", Unfinished, "-U", Superuser, "--encoding=UTF8", "--locale=C",
            "--auth=scram-sha-256", $"--pwfile={PasswordFile}", "--no-sync", "--no-instructions"]), launcher.Environment, cancel);
        if (made.ExitCode != 0)
            throw new EmbeddedPostgresException($"initdb could not make a PostgreSQL cluster in {Folder} (exit code {made.ExitCode}): {made.Output}");
        Directory.Move(Unfinished, Data);
    }

    /// <summary>Says who may log in from where: everybody with a password, from where the server listens.</summary>
    public async Task WriteAccessAsync(IPAddress bind, Launcher launcher, CancellationToken cancel)
    {
        var from = IPAddress.IsLoopback(bind) ? "127.0.0.1/32" : "all";
        await File.WriteAllTextAsync(Access, $"host all all {from} scram-sha-256\nhost replication all {from} scram-sha-256\n", cancel);
        await launcher.HandOverAsync(Access, cancel);
    }

    /// <summary>Where the next line of the server's log will stand, for <see cref="LogTail"/>.</summary>
    public long LogEnd => new FileInfo(Log) is { Exists: true } log ? log.Length : 0;

    /// <summary>The end of the server's log, for messages.</summary>
    /// <param name="from">What stands before it was written by an earlier start.</param>
    public string LogTail(long from = 0)
    {
        const int lines = 15;
        try
        {
            using var log = new StreamReader(new FileStream(Log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
            log.BaseStream.Position = from;
            return string.Join('\n', log.ReadToEnd().TrimEnd().Split('\n').TakeLast(lines));
        }
        catch (IOException)
        {
            return "";
        }
    }

    /// <summary>
    /// Keeps the log of the last process of ours beside the new one, so that logs stay bounded. A server that is started again goes on with its
    /// log, which says why it ended.
    /// </summary>
    public void TurnLog()
    {
        if (File.Exists(Log))
            File.Move(Log, Path.Combine(Folder, "server.previous.log"), overwrite: true);
    }

    private void DeleteUnfinished()
    {
        if (Directory.Exists(Unfinished))
            Directory.Delete(Unfinished, recursive: true);
        // A folder of that name without PG_VERSION was never made by us: do not guess.
        if (Directory.Exists(Data))
            throw new EmbeddedPostgresException($"{Data} exists but is not a PostgreSQL cluster (no PG_VERSION). Move it away, or choose another data directory.");
    }

    private void WritePassword()
    {
        File.Delete(PasswordFile);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = Private;
        using var writer = new StreamWriter(PasswordFile, options);
        writer.WriteLine(RandomNumberGenerator.GetHexString(32, lowercase: true));
    }
}

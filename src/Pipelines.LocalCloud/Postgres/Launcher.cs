namespace Pipelines.LocalCloud.Postgres;

/// <summary>
/// The words put before a PostgreSQL program: they take root's rights away (PostgreSQL refuses root), move it out of the terminal's
/// process group (Ctrl-C must reach us first), and tie its life to ours.
/// </summary>
internal sealed class Launcher
{
    private const string Nobody = "65534";

    // A user namespace in which our own user is called "nobody": root's private files stay readable, root's powers are gone.
    private static readonly string[] InNamespace = ["unshare", "--user", $"--map-user={Nobody}", $"--map-group={Nobody}", "--"];
    private static readonly string[] AsNobody = ["setpriv", $"--reuid={Nobody}", $"--regid={Nobody}", "--clear-groups", "--"];

    // SIGINT is PostgreSQL's fast shutdown. The kernel sends it when the thread that started the server ends: see Postmaster.
    private static readonly string[] DieWithParent = ["setpriv", "--pdeathsig", "INT", "--"];
    private static readonly string[] OwnSession = ["setsid"];

    private readonly string[] _rights;
    private readonly string[] _lifetime;
    private readonly IReadOnlyDictionary<string, string> _environment;

    private Launcher(string[] rights, string[] lifetime, IReadOnlyDictionary<string, string> environment, int major) =>
        (_rights, _lifetime, _environment, Major) = (rights, lifetime, environment, major);

    /// <summary>The major version of the server it starts.</summary>
    public int Major { get; }

    /// <summary>True when the server runs as another user, who must own the files it writes.</summary>
    public bool ChangesOwner => _rights == AsNobody;

    public IReadOnlyDictionary<string, string> Environment => _environment;

    public IEnumerable<string> Short(IEnumerable<string> command) => [.. _rights, .. command];

    public IEnumerable<string> Lasting(IEnumerable<string> command) => [.. _lifetime.Take(1), .. _rights, .. _lifetime.Skip(1), .. command];

    /// <summary>Tries the ways to run <paramref name="binaries"/> and keeps the first that works on this machine.</summary>
    /// <exception cref="EmbeddedPostgresException">None works.</exception>
    public static async Task<Launcher> FindAsync(PostgresBinaries binaries, IReadOnlyDictionary<string, string> environment, CancellationToken cancel)
    {
        string[][] ways = System.Environment.IsPrivilegedProcess && !OperatingSystem.IsWindows() ? [InNamespace, AsNobody] : [[]];
        var answers = new List<string>();
        foreach (var rights in ways)
        {
            var version = await Subprocess.RunAsync([.. rights, binaries.Postgres, "--version"], environment, cancel);
            if (version.ExitCode == 0 && PostgresBinaries.ParseMajor(version.Output) is { } major)
                return new Launcher(rights, await FindLifetimeAsync(cancel), environment, major);
            answers.Add($"{string.Join(' ', rights)} {binaries.Postgres} --version: {version.Output}".Trim());
        }
        throw new EmbeddedPostgresException(await ExplainAsync(binaries, ways, answers, cancel));
    }

    /// <summary>Gives the files to the user that the server runs as, where that is not us.</summary>
    public async Task HandOverAsync(string path, CancellationToken cancel)
    {
        if (!ChangesOwner)
            return;
        var handed = await Subprocess.RunAsync(["chown", "-R", $"{Nobody}:{Nobody}", path], null, cancel);
        if (handed.ExitCode != 0)
            throw new EmbeddedPostgresException($"Cannot give {path} to user {Nobody}, who runs PostgreSQL because it refuses root: {handed.Output}");
    }

    /// <summary>Fails with the folder to open when the server's user cannot reach <paramref name="folder"/>.</summary>
    public async Task RequireAccessAsync(string folder, CancellationToken cancel)
    {
        if (_rights.Length > 0 && await FindClosedFolderAsync(_rights, folder, cancel) is { } closed)
            throw new EmbeddedPostgresException(
                $"PostgreSQL refuses root, and the unprivileged user that runs it cannot enter {closed}. "
                + $"Open it (chmod o+x {closed}), choose another data directory, or run Pipelines as an ordinary user.");
    }

    private static async Task<string[]> FindLifetimeAsync(CancellationToken cancel)
    {
        if (!OperatingSystem.IsLinux())
            return [];
        var tied = await Subprocess.RunAsync([.. OwnSession, .. DieWithParent, "true"], null, cancel);
        return tied.ExitCode == 0 ? [.. OwnSession, .. DieWithParent] : [];
    }

    private static async Task<string> ExplainAsync(PostgresBinaries binaries, string[][] ways, List<string> answers, CancellationToken cancel)
    {
        var closed = ways[0].Length == 0 ? null : await FindClosedFolderAsync(ways[^1], binaries.Folder, cancel);
        var remedy = closed is not null
            ? $"PostgreSQL refuses root, and an unprivileged user cannot enter {closed}: open it (chmod o+x {closed}), or run Pipelines as an ordinary user."
            : "Run Pipelines as an ordinary user, or install PostgreSQL 14 or newer for this platform.";
        return $"The PostgreSQL server in {binaries.Folder} does not run here. {remedy} Tried: {string.Join("; ", answers)}";
    }

    private static async Task<string?> FindClosedFolderAsync(string[] rights, string folder, CancellationToken cancel)
    {
        var chain = new Stack<string>();
        for (var at = Path.GetFullPath(folder); at is not null; at = Path.GetDirectoryName(at))
            chain.Push(at);
        foreach (var at in chain)
        {
            if ((await Subprocess.RunAsync([.. rights, "test", "-x", at], null, cancel)).ExitCode == 1)
                return at;
        }
        return null;
    }
}

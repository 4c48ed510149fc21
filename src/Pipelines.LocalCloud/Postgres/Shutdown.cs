using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Pipelines.LocalCloud.Postgres;

/// <summary>Ends a server: fast (open transactions roll back), then immediate (the next start recovers), then kill.</summary>
internal static partial class Shutdown
{
    private const int Interrupt = 2, Quit = 3;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public static async Task OfAsync(Process server, PostgresBinaries? binaries, string data, CancellationToken cancel)
    {
        if (await StopsAsync(server, () => AskAsync(server, Interrupt, "fast", binaries, data), cancel)
            || await StopsAsync(server, () => AskAsync(server, Quit, "immediate", binaries, data), cancel))
            return;
        server.Kill();
        await server.WaitForExitAsync(cancel);
    }

    private static async Task<bool> StopsAsync(Process server, Func<Task> ask, CancellationToken cancel)
    {
        if (server.HasExited)
            return true;
        await ask();
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(Patience);
        try
        {
            await server.WaitForExitAsync(patience.Token);
            return true;
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return false;
        }
    }

    private static async Task AskAsync(Process server, int signal, string mode, PostgresBinaries? binaries, string data)
    {
        // Windows has no signals: pg_ctl speaks to the server by its own pipe. (pg_ctl refuses root, so it is no way elsewhere.)
        if (!OperatingSystem.IsWindows())
            _ = Kill(server.Id, signal);
        else if (binaries is not null)
            await Subprocess.RunAsync([binaries.PgCtl, "stop", "-D", data, "-m", mode, "--no-wait"], null, CancellationToken.None);
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int pid, int signal);
}

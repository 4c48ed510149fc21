using System.Diagnostics;

namespace Pipelines.LocalCloud.Postgres;

/// <summary>What a running server writes to postmaster.pid in its data directory.</summary>
internal sealed record PostmasterFile(int Pid, bool Ready)
{
    public static string PathIn(string data) => Path.Combine(data, "postmaster.pid");

    public static PostmasterFile? Read(string data)
    {
        try
        {
            // Lines: pid, data directory, start time, port, socket directory, listen address, shared memory, status.
            var lines = File.ReadAllLines(PathIn(data));
            return lines.Length > 0 && int.TryParse(lines[0], out var pid)
                ? new PostmasterFile(pid, lines.Length > 7 && lines[7].Trim() == "ready")
                : null;
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>
    /// Stops the server that a killed process of ours left behind in <paramref name="data"/>, and removes a pid file whose process is gone. The
    /// caller holds the folder's lock, so such a server has no owner.
    /// </summary>
    public static async Task ReclaimAsync(string data, CancellationToken cancel)
    {
        if (Read(data) is not { } left)
            return;
        if (FindServer(left.Pid, data) is { } orphan)
        {
            using (orphan)
                await Shutdown.OfAsync(orphan, null, data, cancel);
        }
        File.Delete(PathIn(data));
    }

    // A pid is used again after a reboot: only a postgres that works in this very folder is ours to stop.
    private static Process? FindServer(int pid, string data)
    {
        try
        {
            var process = Process.GetProcessById(pid);
            if (process.ProcessName.StartsWith("postgres", StringComparison.OrdinalIgnoreCase) && WorksIn(pid, data))
                return process;
            process.Dispose();
        }
        catch (ArgumentException)
        {
            // No such process.
        }
        return null;
    }

    private static bool WorksIn(int pid, string data) =>
        !OperatingSystem.IsLinux() || File.ResolveLinkTarget($"/proc/{pid}/cwd", returnFinalTarget: false)?.FullName == data;
}

using System.Globalization;
using System.Net;

namespace Pipelines.TestKit.Faults;

/// <summary>Tells which process holds the other end of a TCP connection on this machine (Linux: /proc).</summary>
public static class SocketOwner
{
    /// <summary>The one of the processes that connected from this address; null: none, or it has gone.</summary>
    public static int? Of(IPEndPoint client, IEnumerable<int> processes)
    {
        // The client may have used a socket of IPv6 for an address of IPv4.
        var inodes = new[] { "/proc/net/tcp", "/proc/net/tcp6" }.Where(File.Exists).SelectMany(File.ReadLines).Skip(1)
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(field => field.Length > 9 && PortOf(field[1]) == client.Port)
            .Select(field => $"socket:[{field[9]}]").ToHashSet();
        return processes.Cast<int?>().FirstOrDefault(id => Sockets(id!.Value).Any(inodes.Contains));
    }

    private static int PortOf(string address) =>
        int.TryParse(address.AsSpan(address.IndexOf(':', StringComparison.Ordinal) + 1), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var port) ? port : -1;

    private static List<string> Sockets(int process)
    {
        var found = new List<string>();
        try
        {
            foreach (var path in Directory.EnumerateFileSystemEntries($"/proc/{process}/fd"))
                if (TargetOf(path) is { } target && target.StartsWith("socket:", StringComparison.Ordinal)) found.Add(target);
        }
        catch (IOException)
        {
            // The process has gone.
        }
        return found;
    }

    private static string? TargetOf(string path)
    {
        try
        {
            return new FileInfo(path).LinkTarget;
        }
        catch (IOException)
        {
            return null;
        }
    }
}

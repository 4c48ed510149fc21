using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Pipelines.LocalCloud.Postgres;

/// <summary>The running server process.</summary>
internal sealed class Postmaster : IAsyncDisposable
{
    private static readonly TimeSpan ReadyPoll = TimeSpan.FromMilliseconds(10);

    private readonly PostgresBinaries _binaries;
    private readonly string _data;
    private readonly Process _process;
    private readonly StringBuilder _errors = new();

    private Postmaster(PostgresBinaries binaries, Cluster cluster, Process process) =>
        (_binaries, _data, _process) = (binaries, cluster.Data, process);

    public int Pid => _process.Id;

    /// <summary>Starts the server and waits until it accepts connections.</summary>
    /// <returns>The server, or null when the port was taken by somebody else.</returns>
    public static async Task<Postmaster?> StartAsync(
        PostgresBinaries binaries, Launcher launcher, Cluster cluster, PostgresOptions options, int port, CancellationToken cancel)
    {
        var written = cluster.LogEnd;
        var start = Subprocess.Describe(launcher.Lasting([binaries.Postgres, "-D", cluster.Data, .. Arguments(cluster, options, port)]), launcher.Environment);
        var server = new Postmaster(binaries, cluster, await SpawnAsync(start));
        server.Listen();
        try
        {
            if (await server.WaitUntilReadyAsync(cluster, written, options.StartTimeout, cancel))
                return server;
            await server.DisposeAsync();
            return null;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    public static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    /// <summary>Waits until it has ended, however that came.</summary>
    /// <returns>A sentence that says so.</returns>
    public async Task<string> EndAsync(CancellationToken cancel)
    {
        await _process.WaitForExitAsync(cancel);
        return $"PostgreSQL in {Path.GetDirectoryName(_data)} has ended by itself ({(_process.ExitCode > 128 ? $"signal {_process.ExitCode - 128}" : $"exit code {_process.ExitCode}")}).";
    }

    public async ValueTask DisposeAsync()
    {
        await Shutdown.OfAsync(_process, _binaries, _data, CancellationToken.None);
        _process.Dispose();
    }

    // "Dies with its parent" means the parent *thread* on Linux, so the thread that starts the server lives as long as the server.
    private static Task<Process> SpawnAsync(ProcessStartInfo start)
    {
        var spawned = new TaskCompletionSource<Process>(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() =>
        {
            var process = new Process { StartInfo = start };
            try
            {
                process.Start();
                process.StandardInput.Close();
            }
            catch (Exception e)
            {
                spawned.SetException(e);
                return;
            }
            var pid = process.Id;
            spawned.SetResult(process);
            WaitForEnd(pid);
        })
        { IsBackground = true, Name = "embedded postgres" };
        thread.Start();
        return spawned.Task;
    }

    // A second handle: the first is read and disposed by others meanwhile.
    private static void WaitForEnd(int pid)
    {
        try
        {
            using var watched = Process.GetProcessById(pid);
            watched.WaitForExit();
        }
        catch (ArgumentException)
        {
            // It ended already.
        }
    }

    private void Listen()
    {
        // The logging collector takes over early; what comes before it (and from the launcher) is all that arrives here.
        _process.OutputDataReceived += (_, line) => Keep(line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    private void Keep(string? line)
    {
        lock (_errors)
        {
            if (line is not null && _errors.Length < 8192)
                _errors.AppendLine(line);
        }
    }

    private async Task<bool> WaitUntilReadyAsync(Cluster cluster, long written, TimeSpan timeout, CancellationToken cancel)
    {
        var clock = Stopwatch.StartNew();
        while (PostmasterFile.Read(_data) is not { Ready: true } file || file.Pid != Pid)
        {
            if (_process.HasExited)
                return FailedStart(cluster, written);
            if (clock.Elapsed > timeout)
                throw new EmbeddedPostgresException(
                    $"PostgreSQL in {cluster.Folder} accepted no connection within {timeout.TotalSeconds:0} s. Its log ends:\n{cluster.LogTail(written)}");
            await Task.Delay(ReadyPoll, cancel);
        }
        return true;
    }

    private bool FailedStart(Cluster cluster, long written)
    {
        _process.WaitForExit();
        var said = $"{_errors}{cluster.LogTail(written)}".Trim();
        if (said.Contains("could not bind", StringComparison.Ordinal) || said.Contains("could not create any TCP/IP sockets", StringComparison.Ordinal))
            return false;
        throw new EmbeddedPostgresException($"PostgreSQL in {cluster.Folder} stopped at start (exit code {_process.ExitCode}). It said:\n{said}");
    }

    private static IEnumerable<string> Arguments(Cluster cluster, PostgresOptions options, int port)
    {
        var settings = new Dictionary<string, string>
        {
            ["listen_addresses"] = IPAddress.IsLoopback(options.BindAddress) ? "127.0.0.1" : IPAddress.Any.Equals(options.BindAddress) ? "0.0.0.0" : $"127.0.0.1,{options.BindAddress}",
            ["hba_file"] = cluster.Access,
            ["port"] = port.ToString(CultureInfo.InvariantCulture),
            ["unix_socket_directories"] = "",
            ["max_connections"] = options.MaxConnections.ToString(CultureInfo.InvariantCulture),
            ["fsync"] = options.Fsync ? "on" : "off",
            ["full_page_writes"] = options.Fsync ? "on" : "off",
            ["synchronous_commit"] = options.Fsync ? "on" : "off",
            ["logging_collector"] = "on",
            ["log_directory"] = cluster.Folder,
            ["log_filename"] = Path.GetFileName(cluster.Log),
            ["log_file_mode"] = "0600",
            ["log_rotation_age"] = "0",
            ["log_rotation_size"] = "0",
            ["lc_messages"] = "C",
            ["timezone"] = "UTC",
            ["log_timezone"] = "UTC",
        };
        foreach (var (name, value) in options.Settings)
            settings[name] = value;
        return settings.SelectMany(setting => new[] { "-c", $"{setting.Key}={setting.Value}" });
    }
}

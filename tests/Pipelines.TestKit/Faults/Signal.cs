using System.Runtime.InteropServices;

namespace Pipelines.TestKit.Faults;

/// <summary>Signals to processes, as <c>kill</c> sends them (Linux numbers).</summary>
public static class Signal
{
    /// <summary>SIGKILL: gone at once, nothing is tidied.</summary>
    public const int Kill = 9;

    /// <summary>SIGCONT.</summary>
    public const int Continue = 18;

    /// <summary>SIGSTOP: stands still, keeps its memory, its sockets and its opinion.</summary>
    public const int Stop = 19;

    /// <summary>Sends one; a process that has gone is no error. A negative number means its whole group.</summary>
    public static void Send(int process, int signal) => _ = SendSignal(process, signal);

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SendSignal(int process, int signal);
}

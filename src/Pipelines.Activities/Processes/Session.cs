using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Pipelines.Model.Activities;

namespace Pipelines.Activities.Processes;

/// <summary>
/// A program with all that it starts. Programs such as <c>timeout</c> and shells with job control make process groups of their own; only
/// one that makes a session of its own (<c>setsid</c>, a daemon) leaves.
/// </summary>
internal static class Session
{
    /// <summary>Starts a program in a session that has its process id for a number.</summary>
    /// <exception cref="TaskFailure">It cannot be started.</exception>
    public static Process Start(IReadOnlyList<string> command, IReadOnlyDictionary<string, string> environment, string folder, bool readsOutput)
    {
        var setsid = Programs.Find("setsid", "It is part of util-linux; install that on every worker.");
        var start = new ProcessStartInfo(setsid, command) { WorkingDirectory = folder, RedirectStandardInput = true, RedirectStandardOutput = readsOutput, RedirectStandardError = readsOutput };
        start.Environment.Clear();
        foreach (var (name, value) in environment) start.Environment[name] = value;
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception error)
        {
            throw new TaskFailure($"'{command[0]}' did not start in {folder}: {error.Message}. Check that the worker's user may run it and enter the folder.", inner: error);
        }
    }

    /// <summary>Sends a signal to each process group of a program's session.</summary>
    public static void Signal(Process program, int signal)
    {
        // Until setsid has run there is no group yet, only the process.
        if (SendSignal(-program.Id, signal) != 0 && !program.HasExited) _ = SendSignal(program.Id, signal);
        foreach (var group in Groups(program.Id).Where(group => group != program.Id)) _ = SendSignal(-group, signal);
    }

    private static HashSet<int> Groups(int session) =>
        [.. Directory.EnumerateDirectories("/proc").Where(folder => char.IsAsciiDigit(Path.GetFileName(folder)[0])).Select(Membership).Where(process => process.Session == session).Select(process => process.Group)];

    private static (int Group, int Session) Membership(string folder)
    {
        try
        {
            // "pid (name) state parent group session …", where the name may hold anything.
            var stat = File.ReadAllText(Path.Combine(folder, "stat"));
            var words = stat[(stat.LastIndexOf(')') + 2)..].Split(' ', 5);
            return (int.Parse(words[2], CultureInfo.InvariantCulture), int.Parse(words[3], CultureInfo.InvariantCulture));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or IndexOutOfRangeException or FormatException)
        {
            // Gone meanwhile, or another user's where /proc hides those (hidepid): none of ours.
            return default;
        }
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SendSignal(int pid, int signal);
}

using System.Diagnostics;
using System.Globalization;
using System.Text;
using Pipelines.Model.Activities;

namespace Pipelines.Activities.Processes;

/// <summary>
/// A shell of its own session that ends a program's session when the worker dies without a word (kill -9, no memory left) or is stopped
/// (SIGSTOP, Ctrl+Z): the next attempt must not run beside what is left of this one. Disposed, it ends and leaves the program alone.
/// </summary>
internal sealed class DeathWatch : IDisposable
{
    private static readonly string Script = Scripts.Read("death_watch.sh");

    private readonly Process _shell;

    private DeathWatch(Process shell) => _shell = shell;

    /// <summary>Starts it; it does nothing until it is told the session.</summary>
    /// <param name="worker">The process that must neither die nor stand still.</param>
    /// <exception cref="TaskFailure">It cannot be started.</exception>
    public static DeathWatch Start(int worker) => new(Session.Start(
        [Programs.Find("sh", "Every Linux has one: check the worker's PATH."), "-c", Script, "death_watch", worker.ToString(CultureInfo.InvariantCulture)],
        ChildEnvironment.Inherited(), folder: "/", readsOutput: false));

    /// <summary>Tells it which session to end.</summary>
    public void Guard(int session) => Write(session.ToString(CultureInfo.InvariantCulture));

    public void Dispose()
    {
        Write("ended");
        _shell.StandardInput.Close();
        _shell.Dispose();
    }

    private void Write(string line)
    {
        try
        {
            _shell.StandardInput.BaseStream.Write(Encoding.ASCII.GetBytes(line + "\n"));
            _shell.StandardInput.BaseStream.Flush();
        }
        catch (IOException)
        {
            // Somebody killed it. The program has only its worker then.
        }
    }
}

using System.Diagnostics;
using System.Globalization;
using Pipelines.TestKit;

namespace Pipelines.AcceptanceTests.Cornered;

/// <summary>A disk of its own (tmpfs) that a test can fill.</summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    private SmallDisk()
    {
    }

    /// <summary>Mounts one; ends the test where that is not allowed.</summary>
    public static SmallDisk Mount(int megabytes)
    {
        var disk = new SmallDisk();
        if (Run("mount", "-t", "tmpfs", "-o", string.Create(CultureInfo.InvariantCulture, $"size={megabytes}m,mode=755"), "tmpfs", disk._folder.Path) == 0) return disk;
        disk._folder.Dispose();
        Need.Absent("A disk can only be mounted by root; run this test as root.");
        throw new UnreachableException();
    }

    /// <summary>A path on it.</summary>
    public string this[string name] => Path.Combine(_folder.Path, name);

    /// <summary>Takes all the room that is left.</summary>
    public void Fill()
    {
        using var ballast = File.Create(this["ballast"], bufferSize: 0);
        var block = new byte[1 << 20];
        for (var size = block.Length; size >= 1; size /= 2)
        {
            try
            {
                while (true) ballast.Write(block, 0, size);
            }
            catch (IOException)
            {
                // Not so much any more, but perhaps half of it.
            }
        }
    }

    /// <summary>Gives it back.</summary>
    public void Empty() => File.Delete(this["ballast"]);

    /// <inheritdoc/>
    public void Dispose()
    {
        // Lazily: a process of a failed test may still sit on it.
        Run("umount", "-l", _folder.Path);
        _folder.Dispose();
    }

    private static int Run(string tool, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(Need.Tool(tool), arguments) { RedirectStandardError = true })!;
        process.WaitForExit();
        return process.ExitCode;
    }
}

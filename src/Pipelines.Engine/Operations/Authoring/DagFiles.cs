using System.Security.Cryptography;
using System.Text;
using Pipelines.Engine.Folder;
using Pipelines.Model.Templates;
using Pipelines.Storage.Dags;

namespace Pipelines.Engine.Operations.Authoring;

/// <summary>The files of the DAG folder, as the designer reads and writes them.</summary>
public sealed class DagFiles(EngineSettings settings, TimeProvider time)
{
    private static readonly TimeSpan Trust = TimeSpan.FromSeconds(10);

    private (DateTimeOffset At, bool IsWritable) _probed;

    /// <summary>The folder, for messages.</summary>
    public string Folder => settings.WorkflowsFolder;

    /// <summary>False when this process cannot write into the folder, so that the designer can only show.</summary>
    public bool IsWritable
    {
        get
        {
            // Asked for with every definition; a probe is a write to what may be a network drive.
            var now = time.GetUtcNow();
            if (_probed.At == default || now - _probed.At > Trust) _probed = (now, Probe());
            return _probed.IsWritable;
        }
    }

    /// <summary>The template files of a DAG file: a draft finds them where the scheduler does, in the same folder.</summary>
    public ITemplateSource TemplatesOf(string fileName) => new TemplateFolder(Folder, fileName);

    /// <summary>SHA-256 of a file's text, 64 lower-case hex digits.</summary>
    public static string HashOf(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    /// <summary>The text of a file; null: there is none.</summary>
    public async Task<string?> ReadAsync(string fileName, CancellationToken cancellation)
    {
        try
        {
            return await File.ReadAllTextAsync(Path.Combine(Folder, fileName), cancellation);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>What happened to a file after a draft of it began: changed, created or deleted; null: nothing, or it says what the draft says.</summary>
    public async Task<string?> ChangeUnderAsync(DagDraft draft, string fileName, CancellationToken cancellation)
    {
        var present = await ReadAsync(fileName, cancellation);
        var hash = present is null ? null : HashOf(present);
        if (hash == draft.BaseHash || present == draft.FileText) return null;
        return present is null ? "deleted" : draft.BaseHash is null ? "created" : "changed";
    }

    /// <summary>Replaces a file at once: who reads sees the old text or the new one.</summary>
    /// <exception cref="OperationException">The folder cannot be written.</exception>
    public async Task WriteAsync(string fileName, string text, CancellationToken cancellation)
    {
        var path = Path.Combine(Folder, fileName);
        // Not the file's name and more: a dag_id may fill the longest name that there is.
        var temporary = Path.Combine(Folder, $".{Guid.NewGuid():N}.tmp");
        try
        {
            await File.WriteAllTextAsync(temporary, text, cancellation);
            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new OperationException(RefusalKind.Conflict, $"The file {path} cannot be written: {error.Message} The draft is kept. Let this process write there, or copy the draft's text into the file by 'Export'.");
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    /// <summary>Removes a file; one that is gone is no error.</summary>
    /// <exception cref="OperationException">The folder cannot be written.</exception>
    public void Delete(string fileName)
    {
        var path = Path.Combine(Folder, fileName);
        try
        {
            File.Delete(path);
        }
        catch (DirectoryNotFoundException)
        {
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new OperationException(RefusalKind.Conflict, $"The file {path} cannot be deleted: {error.Message} Nothing was changed. Let this process write there, or delete the file yourself.");
        }
    }

    private bool Probe()
    {
        var path = Path.Combine(Folder, $".writable.{Guid.NewGuid():N}.tmp");
        try
        {
            File.WriteAllBytes(path, []);
            File.Delete(path);
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}

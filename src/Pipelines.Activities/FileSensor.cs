using System.Globalization;
using Pipelines.Activities.Waiting;
using Pipelines.Model.Activities;
using Pipelines.Model.Activities.Sensors;

namespace Pipelines.Activities;

/// <summary>Waits for a file or a folder that holds one, as Airflow's FileSensor.</summary>
public sealed class FileSensor() : Sensor(new(
    "FileSensor", "Wait for a file", "Sensors", "Waits until a file is there, or a folder that holds a file; every worker of the queue must see it.",
    [
        new("filepath", InputType.String, "Path", "E.g. /data/in/orders_*.csv; a relative one begins at the connection's path.") { Required = true },
        new("fsConnId", InputType.String, "Connection", "A connection of type fs whose extra names a path; empty: none.") { OptionsFrom = OptionSource.Connections("fs") },
        new("recursive", InputType.Boolean, "Recursive", "** in the path stands for any number of folders.") { Default = "false", UiHint = "checkbox" },
    ],
    [],
    [ActivityDescriptor.Done]))
{
    protected override async Task<Poke> PokeAsync(ITaskContext context, CancellationToken cancellation)
    {
        var path = Path.Combine(await FolderAsync(context, cancellation), context.Inputs.Required("filepath"));
        List<string> found = [.. Glob.Paths(path, context.Inputs.Boolean("recursive", false)).Where(HasFile).Take(Poke.Done.MostMarked)];
        if (found.Count == 0) return new Poke.NotYet($"{path} is not there");
        context.Log(LogLevel.Info, $"Found {found[0]}.");
        return new Poke.Done { Mark = string.Join('\n', found.Select(MarkOf)) };
    }

    private static string MarkOf(string path) => new FileInfo(path) is { Exists: true } file
        ? string.Create(CultureInfo.InvariantCulture, $"{path} {file.LastWriteTimeUtc:O} {file.Length}") : string.Create(CultureInfo.InvariantCulture, $"{path} {Directory.GetLastWriteTimeUtc(path):O}");

    private static async Task<string> FolderAsync(ITaskContext context, CancellationToken cancellation)
    {
        if (context.Inputs.Optional("fsConnId") is not { } id) return Path.DirectorySeparatorChar.ToString();
        var connection = await context.GetConnectionAsync(id, cancellation);
        return connection.ExtraText("path") is { Length: > 0 } path ? path : Path.DirectorySeparatorChar.ToString();
    }

    private static bool HasFile(string path) => File.Exists(path) || (Directory.Exists(path) && Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories).Any());
}

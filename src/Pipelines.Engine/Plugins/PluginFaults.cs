using System.Reflection;
using Pipelines.Model.Activities;

namespace Pipelines.Engine.Plugins;

/// <summary>What kept the code of a plugin from being loaded, in words.</summary>
internal static class PluginFaults
{
    private const int LongestMessage = 500;

    private static readonly string Model = typeof(IActivity).Assembly.GetName().Name!;

    /// <summary>Sentences for the user, each once.</summary>
    public static IEnumerable<string> Of(Exception error) => error switch
    {
        ReflectionTypeLoadException types => types.LoaderExceptions.OfType<Exception>().SelectMany(Of).Distinct(StringComparer.Ordinal),
        TargetInvocationException { InnerException: { } inner } => Of(inner),
        TypeInitializationException { InnerException: { } inner } => [$"The static constructor of {((TypeInitializationException)error).TypeName} threw {Said(inner)} Mend it and copy the plugin anew."],
        FileNotFoundException { FileName: { } missing } => [$"It needs {Name(missing)}, which is neither beside it nor in the host. Copy all that 'dotnet publish' writes for it, into a folder of its own below the plugins folder."],
        FileLoadException { FileName: { } other } => [$"It needs {Name(other)}, and what is beside it or in the host is another version. Copy all that 'dotnet publish' writes for it, into a folder of its own below the plugins folder."],
        MissingMemberException or TypeLoadException => [$"It was built with another {Model} than this host's: {Said(error)} Build it again with this host's {Model}.dll."],
        BadImageFormatException => [$"It cannot be loaded here: {Said(error)} Build it for any processor, for this host's .NET {Environment.Version.ToString(2)} or an older one, and copy it anew."],
        InvalidOperationException { TargetSite.DeclaringType.Name: "AssemblyDependencyResolver" } => ["Its file deps.json cannot be read. Copy it anew, or remove it."],
        _ => [$"Its constructor threw {Said(error)} Mend it and copy the plugin anew."],
    };

    private static string Said(Exception error) => $"{error.GetType().Name}: {Excerpt.Of(StorableText.Of(error.Message).ReplaceLineEndings(" "), LongestMessage).TrimEnd('.')}.";

    // "Acme.Text, Version=2.0.0.0, Culture=neutral, …"
    private static string Name(string display) => display.Split(", Culture=")[0].Replace(", Version=", " ", StringComparison.Ordinal);
}

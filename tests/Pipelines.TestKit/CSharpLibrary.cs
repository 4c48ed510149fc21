using System.Runtime.InteropServices;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Pipelines.Model.Activities;

namespace Pipelines.TestKit;

/// <summary>A class library as <c>dotnet build</c> makes it of source text.</summary>
public static class CSharpLibrary
{
    private const string Usings = "global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq; global using System.Threading; global using System.Threading.Tasks;";

    private static readonly string Model = typeof(IActivity).Assembly.Location;

    // What a project sees that references nothing: .NET's own libraries.
    private static readonly List<PortableExecutableReference> Framework = [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
        .Split(Path.PathSeparator).Where(path => path.StartsWith(RuntimeEnvironment.GetRuntimeDirectory(), StringComparison.Ordinal)).Select(path => MetadataReference.CreateFromFile(path))];

    private static readonly Platform Other = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? Platform.Arm64 : Platform.X64;

    /// <summary>A processor that is not this machine's, as a library's head calls it.</summary>
    public static string OtherProcessor => Other == Platform.Arm64 ? "Arm64" : "Amd64";

    /// <summary>A library that references Pipelines.Model.</summary>
    public static byte[] WithModel(string name, string source, string version = "1.0.0", params byte[][] references) => Compile(name, source, version, Platform.AnyCpu, [File.ReadAllBytes(Model), .. references]);

    /// <summary>As <see cref="WithModel"/>, for <see cref="OtherProcessor"/>.</summary>
    public static byte[] ForOtherProcessor(string name, string source) => Compile(name, source, "1.0.0", Other, [File.ReadAllBytes(Model)]);

    /// <summary>A library that references these.</summary>
    /// <exception cref="InvalidOperationException">The source has mistakes.</exception>
    public static byte[] Compile(string name, string source, string version, params byte[][] references) => Compile(name, source, version, Platform.AnyCpu, references);

    private static byte[] Compile(string name, string source, string version, Platform platform, byte[][] references)
    {
        var attribute = $"[assembly: System.Reflection.AssemblyVersion(\"{version}\")]";
        var options = new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, platform: platform, optimizationLevel: OptimizationLevel.Release, nullableContextOptions: NullableContextOptions.Enable);
        var parsing = new CSharpParseOptions(LanguageVersion.Latest);
        var compilation = CSharpCompilation.Create(
            name, [CSharpSyntaxTree.ParseText(Usings + attribute, parsing), CSharpSyntaxTree.ParseText(source, parsing)], [.. Framework, .. references.Select(bytes => MetadataReference.CreateFromImage(bytes))], options);
        using var library = new MemoryStream();
        var result = compilation.Emit(library);
        return result.Success ? library.ToArray()
            : throw new InvalidOperationException($"{name} does not compile:\n{string.Join('\n', result.Diagnostics.Where(found => found.Severity == DiagnosticSeverity.Error))}");
    }
}

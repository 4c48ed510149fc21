using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Runtime.InteropServices;
using Pipelines.Model.Activities;

namespace Pipelines.Engine.Plugins;

/// <summary>What a library says of itself, read without running anything of it.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="Bytes">All of it, so that it may be replaced while its code runs.</param>
/// <param name="Name">The assembly.</param>
/// <param name="References">The assemblies that it was built with.</param>
/// <param name="Fault">Why it cannot be loaded, for the user; null: nothing is known against it.</param>
internal sealed record PluginFile(string Path, byte[] Bytes, AssemblyName? Name, IReadOnlyList<AssemblyName> References, string? Fault)
{
    private static readonly AssemblyName Model = typeof(IActivity).Assembly.GetName();

    /// <summary>Libraries of others and native ones lie beside plugins, and are none.</summary>
    public bool IsPlugin => Fault is not null || References.Any(reference => reference.Name == Model.Name);

    /// <summary>Reads it; what is wrong with it is its <see cref="Fault"/>.</summary>
    public static PluginFile Read(string path)
    {
        try
        {
            var bytes = File.ReadAllBytes(path);
            using var image = new PEReader(ImmutableCollectionsMarshal.AsImmutableArray(bytes));
            if (Length(image) is var length && length > bytes.Length) return Broken(path, $"It is not whole: {bytes.Length} of at least {length} bytes are there. When it is still being copied it is read again; else copy it anew.");
            return image.HasMetadata ? Read(path, bytes, image) : new PluginFile(path, bytes, null, [], null);
        }
        catch (Exception error) when (error is BadImageFormatException or ArgumentException or OverflowException)
        {
            return Broken(path, "It is no library, or only the beginning of one. When it is still being copied it is read again; else copy it anew.");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return Broken(path, $"It cannot be read: {error.Message}");
        }
    }

    private static PluginFile Read(string path, byte[] bytes, PEReader image)
    {
        var metadata = image.GetMetadataReader();
        List<AssemblyName> references = [.. metadata.AssemblyReferences.Select(handle => metadata.GetAssemblyReference(handle).GetAssemblyName())];
        var built = references.FirstOrDefault(reference => reference.Name == Model.Name);
        return new PluginFile(path, bytes, metadata.GetAssemblyDefinition().GetAssemblyName(), references, built is null ? null : Misfit(built.Version!) ?? Stranger(image));
    }

    /// <summary>As NuGet counts: within a major version the contract only grows, before 1.0 within a minor one.</summary>
    private static string? Misfit(Version built)
    {
        var ours = Model.Version!;
        var fits = built <= ours && built.Major == ours.Major && (ours.Major > 0 || built.Minor == ours.Minor);
        return fits ? null : $"It was built with {Model.Name} {built.ToString(3)}, and this host has {ours.ToString(3)}. Build it again with this host's {Model.Name}.dll.";
    }

    private static string? Stranger(PEReader image)
    {
        var machine = image.PEHeaders.CoffHeader.Machine;
        var ours = RuntimeInformation.ProcessArchitecture switch { Architecture.X64 => Machine.Amd64, Architecture.Arm64 => Machine.Arm64, _ => Machine.Unknown };
        var flags = image.PEHeaders.CorHeader!.Flags;
        var isAny = machine == Machine.I386 && flags.HasFlag(CorFlags.ILOnly) && !flags.HasFlag(CorFlags.Requires32Bit);
        return isAny || machine == ours ? null
            : $"It was built for {machine}, and this host is a program for {RuntimeInformation.ProcessArchitecture}. Build it for any processor: leave PlatformTarget and RuntimeIdentifier out of its project.";
    }

    private static long Length(PEReader image) => image.PEHeaders.SectionHeaders.Select(section => (long)section.PointerToRawData + section.SizeOfRawData).DefaultIfEmpty(0).Max();

    private static PluginFile Broken(string path, string fault) => new(path, [], null, [], fault);
}

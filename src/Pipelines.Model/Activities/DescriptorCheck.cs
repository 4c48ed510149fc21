using System.Text.RegularExpressions;
using Pipelines.Model.Dags;

namespace Pipelines.Model.Activities;

/// <summary>Looks for what the designer, the DAG file reader or the engine could not work with in the descriptor of somebody's own activity.</summary>
public static partial class DescriptorCheck
{
    // Elsa's own, which a DAG file's root or a group has.
    private const string ReservedPrefix = "Elsa.";

    /// <summary>What is wrong, each a sentence for the user that says what to change; empty: nothing.</summary>
    public static IReadOnlyList<string> Faults(ActivityDescriptor descriptor) =>
        Absent(descriptor) is { } absent ? [$"Its descriptor says nothing as {absent}. Write it."]
        : [.. Names(descriptor), .. Inputs(descriptor.Inputs), .. Ports(descriptor.Ports)];

    private static string? Absent(ActivityDescriptor descriptor) =>
        string.IsNullOrWhiteSpace(descriptor.TypeName) ? nameof(descriptor.TypeName)
        : string.IsNullOrWhiteSpace(descriptor.DisplayName) ? nameof(descriptor.DisplayName)
        : string.IsNullOrWhiteSpace(descriptor.Category) ? nameof(descriptor.Category)
        : descriptor.Description is null ? nameof(descriptor.Description)
        : descriptor.Inputs is null || descriptor.Inputs.Any(input => input?.Name is null || input.DisplayName is null || input.Description is null || input.Options is null) ? nameof(descriptor.Inputs)
        : descriptor.Outputs is null ? nameof(descriptor.Outputs)
        : descriptor.Ports is null || descriptor.Ports.Any(string.IsNullOrWhiteSpace) ? nameof(descriptor.Ports)
        : descriptor.Checks is null || descriptor.Checks.Any(check => check?.Inputs is null || check.Read is null) ? nameof(descriptor.Checks)
        : descriptor.Follows is null || descriptor.Follows.Any(named => named?.Inputs is not { Count: > 0 } || named.Read is null) ? nameof(descriptor.Follows)
        : null;

    private static IEnumerable<string> Names(ActivityDescriptor descriptor)
    {
        if (!TypeName().IsMatch(descriptor.TypeName))
            yield return $"Its type name '{Excerpt.Of(descriptor.TypeName, 100)}' must be letters, digits, '_' and '.', beginning with a letter, such as Acme.NotifyTeam.";
        else if (descriptor.TypeName == DagInputs.TypeName || descriptor.TypeName.StartsWith(ReservedPrefix, StringComparison.Ordinal))
            yield return $"Its type name '{descriptor.TypeName}' means something else in DAG files. Choose another.";
    }

    private static IEnumerable<string> Inputs(IReadOnlyList<InputDescriptor> inputs)
    {
        foreach (var input in inputs.Where(input => !InputName().IsMatch(input.Name)))
            yield return $"The name of its input '{Excerpt.Of(input.Name, 100)}' must be letters, digits and '_', beginning with a letter in lower case, such as tableName.";
        // Studio compares without case.
        foreach (var twice in inputs.GroupBy(input => input.Name, StringComparer.OrdinalIgnoreCase).Where(group => group.Count() > 1))
            yield return $"It has several inputs '{twice.Key}'. Rename all but one.";
        foreach (var input in inputs.Where(input => TaskInputs.All.Any(setting => setting.Name.Equals(input.Name, StringComparison.OrdinalIgnoreCase))))
            yield return $"Its input '{input.Name}' is a setting that every task has. Rename it.";
        foreach (var input in inputs.Where(input => ElsaDefinitionReader.OwnKeys.Contains(input.Name)))
            yield return $"Its input '{input.Name}' means something else in DAG files. Rename it.";
    }

    private static IEnumerable<string> Ports(IReadOnlyList<string> ports)
    {
        if (!ports.Contains(ActivityDescriptor.Done, StringComparer.Ordinal)) yield return $"It has no port '{ActivityDescriptor.Done}', on which tasks follow it. Add it to its ports.";
        foreach (var twice in ports.GroupBy(port => port, StringComparer.Ordinal).Where(group => group.Count() > 1)) yield return $"It has several ports '{twice.Key}'. Remove all but one.";
    }

    [GeneratedRegex(@"\A[A-Za-z][A-Za-z0-9_.]{0,199}\z")]
    private static partial Regex TypeName();

    [GeneratedRegex(@"\A[a-z][A-Za-z0-9_]{0,99}\z")]
    private static partial Regex InputName();
}

using System.Text.Json.Nodes;
using Pipelines.Model.Activities;

namespace Pipelines.Model.Mapping;

/// <summary>
/// What a task is mapped over, Airflow's <c>partial(…).expand(…)</c> or <c>expand_kwargs(…)</c> (airflow-semantics.md §11): one task instance
/// for each combination of values, with map_index 0, 1, …
/// </summary>
public abstract record TaskMapping
{
    /// <summary>A task that would have more task instances in one run is not expanded: planning would hold up all other runs.</summary>
    public const int MostInstances = 100_000;

    private TaskMapping()
    {
    }

    /// <summary>As the file writes it, so that a change of it makes a version.</summary>
    public required string Text { get; init; }

    /// <summary>The tasks whose results it needs, each once.</summary>
    public abstract IReadOnlyList<string> TaskIds { get; }

    /// <summary>How many task instances there are; null: not known. May be above <see cref="MostInstances"/>.</summary>
    /// <param name="lengthOf">See <see cref="IMapOutputs.Length"/>.</param>
    public abstract long? Length(Func<string, int?> lengthOf);

    /// <summary>How many there are if only the file decides; null: results of tasks decide too.</summary>
    public long? LiteralLength => TaskIds.Count == 0 ? Length(_ => null) : null;

    /// <summary>The inputs of one task instance that are mapped, by name.</summary>
    /// <param name="mapIndex">Which, from 0.</param>
    /// <param name="outputs">Results of the run.</param>
    /// <exception cref="TaskFailure">There is no such place, or what is there gives no inputs (not retryable).</exception>
    public abstract IReadOnlyDictionary<string, MappedValue> Values(int mapIndex, IMapOutputs outputs);

    /// <summary>Whether it may give this input to a task instance.</summary>
    public abstract bool MayGive(string input);

    private static TaskFailure Gone(int mapIndex) =>
        new($"What this task is mapped over has no entry for map index {mapIndex} any more. Clear the task together with those that it is mapped over.", retryable: false);

    /// <summary>Every combination of the values of its arguments, of which the last varies fastest.</summary>
    /// <param name="Arguments">Inputs with their values, in the order of the file.</param>
    public sealed record Expand(IReadOnlyList<KeyValuePair<string, MapSource>> Arguments) : TaskMapping
    {
        /// <inheritdoc/>
        public override IReadOnlyList<string> TaskIds { get; } = [.. Arguments.SelectMany(argument => argument.Value.TaskIds).Distinct()];

        /// <inheritdoc/>
        public override long? Length(Func<string, int?> lengthOf)
        {
            long product = 1;
            foreach (var (_, source) in Arguments)
            {
                if (source.Length(lengthOf) is not { } length) return null;
                // Not beyond what is too many anyway, so that it does not overflow; a later list may still be empty.
                product = Math.Min(product, MostInstances + 1) * length;
            }

            return product;
        }

        /// <inheritdoc/>
        public override IReadOnlyDictionary<string, MappedValue> Values(int mapIndex, IMapOutputs outputs)
        {
            var found = new Dictionary<string, MappedValue>(StringComparer.Ordinal);
            var rest = mapIndex;
            foreach (var (name, source) in Arguments.Reverse())
            {
                if (source.Length(outputs.Length) is not { } length || length == 0) throw Gone(mapIndex);
                found[name] = source.At(rest % length, outputs);
                rest /= length;
            }

            return rest == 0 ? found : throw Gone(mapIndex);
        }

        /// <inheritdoc/>
        public override bool MayGive(string input) => Arguments.Any(argument => argument.Key == input);
    }

    /// <summary>One task instance for each dict of a list; its keys are inputs.</summary>
    /// <param name="Source">The list.</param>
    public sealed record ExpandKwargs(MapSource Source) : TaskMapping
    {
        /// <inheritdoc/>
        public override IReadOnlyList<string> TaskIds { get; } = [.. Source.TaskIds.Distinct()];

        /// <inheritdoc/>
        public override long? Length(Func<string, int?> lengthOf) => Source.Length(lengthOf);

        /// <inheritdoc/>
        public override IReadOnlyDictionary<string, MappedValue> Values(int mapIndex, IMapOutputs outputs)
        {
            if (Source.Length(outputs.Length) is not { } length || mapIndex >= length) throw Gone(mapIndex);
            var (value, isLiteral) = Source.At(mapIndex, outputs);
            return value is JsonObject inputs
                ? inputs.ToDictionary(input => input.Key, input => new MappedValue(input.Value?.DeepClone(), isLiteral), StringComparer.Ordinal)
                : throw new TaskFailure($"expand_kwargs needs a list of dicts, but entry {mapIndex} is {(value is null ? "null" : $"a {value.GetValueKind().ToString().ToLowerInvariant()}")}. Mend the task that returns it ({string.Join(", ", TaskIds)}), then clear both.", retryable: false);
        }

        /// <inheritdoc/>
        public override bool MayGive(string input) => true;
    }
}

using System.Text.Json.Nodes;

namespace Pipelines.Model.Mapping;

/// <summary>Where a mapped argument takes its values from (airflow-semantics.md §11).</summary>
public abstract record MapSource
{
    private MapSource()
    {
    }

    /// <summary>The tasks whose results it needs.</summary>
    public abstract IEnumerable<string> TaskIds { get; }

    /// <summary>How many values there are; null: not known, because a task has pushed nothing (yet).</summary>
    public abstract int? Length(Func<string, int?> lengthOf);

    /// <summary>The value at a place, from 0; a dict gives (key, value) pairs in its order.</summary>
    public abstract MappedValue At(int index, IMapOutputs outputs);

    /// <summary>A list or dict that stands in the file: its length is known before any run.</summary>
    /// <param name="Items">A JSON array or object.</param>
    public sealed record Literal(JsonNode Items) : MapSource
    {
        /// <inheritdoc/>
        public override IEnumerable<string> TaskIds => [];

        /// <inheritdoc/>
        public override int? Length(Func<string, int?> lengthOf) => MapItems.Count(Items);

        /// <inheritdoc/>
        public override MappedValue At(int index, IMapOutputs outputs) => new(MapItems.At(Items, index), IsLiteral: true);
    }

    /// <summary>What a task returned: the entries of its list or dict, or of a task that is mapped itself one value per task instance.</summary>
    /// <param name="TaskId">The task.</param>
    public sealed record Output(string TaskId) : MapSource
    {
        /// <inheritdoc/>
        public override IEnumerable<string> TaskIds => [TaskId];

        /// <inheritdoc/>
        public override int? Length(Func<string, int?> lengthOf) => lengthOf(TaskId);

        /// <inheritdoc/>
        public override MappedValue At(int index, IMapOutputs outputs) => new(outputs.Item(TaskId, index), IsLiteral: false);
    }

    /// <summary>What several tasks returned, side by side: a list of one entry of each.</summary>
    /// <param name="Sources">The results.</param>
    /// <param name="Fills">True: as many as the longest has, with <paramref name="FillValue"/> in the gaps; false: as many as the shortest has.</param>
    /// <param name="FillValue">Any JSON.</param>
    public sealed record Zip(IReadOnlyList<MapSource> Sources, bool Fills, JsonNode? FillValue) : MapSource
    {
        /// <inheritdoc/>
        public override IEnumerable<string> TaskIds => Sources.SelectMany(source => source.TaskIds);

        /// <inheritdoc/>
        public override int? Length(Func<string, int?> lengthOf)
        {
            var lengths = Sources.Select(source => source.Length(lengthOf)).ToList();
            return lengths.Contains(null) ? null : Fills ? lengths.Max() : lengths.Min();
        }

        /// <inheritdoc/>
        public override MappedValue At(int index, IMapOutputs outputs) => new(
            new JsonArray([.. Sources.Select(source => index < source.Length(outputs.Length) ? source.At(index, outputs).Value : FillValue?.DeepClone())]), IsLiteral: false);
    }

    /// <summary>What several tasks returned, one after the other.</summary>
    /// <param name="Sources">The results.</param>
    public sealed record Concat(IReadOnlyList<MapSource> Sources) : MapSource
    {
        /// <inheritdoc/>
        public override IEnumerable<string> TaskIds => Sources.SelectMany(source => source.TaskIds);

        /// <inheritdoc/>
        public override int? Length(Func<string, int?> lengthOf)
        {
            var lengths = Sources.Select(source => source.Length(lengthOf)).ToList();
            return lengths.Contains(null) ? null : lengths.Sum();
        }

        /// <inheritdoc/>
        public override MappedValue At(int index, IMapOutputs outputs)
        {
            foreach (var source in Sources)
            {
                var length = source.Length(outputs.Length) ?? 0;
                if (index < length) return source.At(index, outputs);
                index -= length;
            }

            throw new ArgumentOutOfRangeException(nameof(index), index, "There are fewer values.");
        }
    }

    /// <summary>What a template makes of each value, which it reads as <c>item</c>; it may skip one with <c>skip('why')</c>.</summary>
    /// <param name="Source">The values.</param>
    /// <param name="Template">Jinja; one that is a single <c>{{ … }}</c> gives a value of its own type.</param>
    public sealed record Map(MapSource Source, string Template) : MapSource
    {
        /// <inheritdoc/>
        public override IEnumerable<string> TaskIds => Source.TaskIds;

        /// <inheritdoc/>
        public override int? Length(Func<string, int?> lengthOf) => Source.Length(lengthOf);

        /// <inheritdoc/>
        /// <exception cref="SkippedItem">The template skips it.</exception>
        public override MappedValue At(int index, IMapOutputs outputs) => new(outputs.Make(Template, Source.At(index, outputs).Value), IsLiteral: false);
    }
}

/// <summary>One value that a mapped task instance gets.</summary>
/// <param name="Value">Any JSON.</param>
/// <param name="IsLiteral">True: it stands in the file, so templates in it are rendered; what tasks return is never taken for a template.</param>
public sealed record MappedValue(JsonNode? Value, bool IsLiteral);

/// <summary>Results of tasks of a run, as far as others are mapped over them.</summary>
public interface IMapOutputs
{
    /// <summary>How many values a task has passed on; null: none, or what cannot be mapped over.</summary>
    int? Length(string taskId);

    /// <summary>One of them, from 0.</summary>
    JsonNode? Item(string taskId, int index);

    /// <summary>What a template makes of a value.</summary>
    /// <exception cref="SkippedItem">It skips it.</exception>
    /// <exception cref="Activities.TaskFailure">It cannot be rendered (not retryable).</exception>
    JsonNode? Make(string template, JsonNode? item);
}

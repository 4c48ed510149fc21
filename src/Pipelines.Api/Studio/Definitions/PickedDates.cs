using System.Globalization;
using System.Text.Json.Nodes;
using Pipelines.Model.Activities;
using Pipelines.Model.Dags;
using Pipelines.Model.Designer;

namespace Pipelines.Api.Studio.Definitions;

/// <summary>
/// Studio's date picker writes a moment as the browser's language spells it and reads one with an offset in the browser's zone. So it is
/// shown UTC without an offset, and what it wrote becomes ISO 8601 again; a text that is no date stays, and publishing says so.
/// </summary>
internal static class PickedDates
{
    private const string Plain = "yyyy-MM-dd'T'HH:mm:ss";

    private static readonly string[] OfDag = [.. DagInputs.Descriptor.Inputs.Where(input => input.Type == InputType.DateTime).Select(input => input.Name)];
    private static readonly string[] OfTask = [.. TaskInputs.All.Where(input => input.Type == InputType.DateTime).Select(input => input.Name)];

    private static readonly string[] MonthFirst = ["M/d/yyyy h:mm:ss tt", "M/d/yyyy H:mm:ss", "M/d/yyyy"];
    private static readonly string[] DayFirst = ["d/M/yyyy H:mm:ss", "d/M/yyyy h:mm:ss tt", "d/M/yyyy"];
    private static readonly string[] Others = ["d.M.yyyy H:mm:ss", "d.M.yyyy", "yyyy-M-d H:mm:ss", "yyyy-M-d h:mm:ss tt", "d-M-yyyy H:mm:ss", "yyyy/M/d H:mm:ss", "yyyy. M. d. H:mm:ss"];

    /// <summary>Changes a definition for Studio's eyes.</summary>
    public static JsonObject Show(JsonObject definition) => Change(definition, text =>
        text.EndsWith('Z') && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal, out var moment)
            ? moment.UtcDateTime.ToString(Plain, CultureInfo.InvariantCulture) : text);

    /// <summary>Changes what Studio saves.</summary>
    /// <param name="definition">From Studio.</param>
    /// <param name="languages">The browser's, as it sends them: only Americans write the month before the day.</param>
    public static void Read(JsonObject definition, string languages) => Change(definition, text =>
    {
        if (DateTime.TryParseExact(text, Plain, CultureInfo.InvariantCulture, DateTimeStyles.None, out var shown)) return shown.ToString(Plain + "'Z'", CultureInfo.InvariantCulture);
        var isAmerican = languages.Length == 0 || languages.StartsWith("en-US", StringComparison.OrdinalIgnoreCase);
        string[] formats = isAmerican ? [.. MonthFirst, .. DayFirst, .. Others] : [.. DayFirst, .. MonthFirst, .. Others];
        // Newer browsers put a narrow space before AM and PM.
        var spelled = text.Replace('\u202f', ' ').Replace('\u00a0', ' ').Trim();
        return !DateTime.TryParseExact(spelled, formats, CultureInfo.InvariantCulture, DateTimeStyles.AllowInnerWhite, out var picked) ? text
            : picked.ToString(picked.TimeOfDay == TimeSpan.Zero ? "yyyy-MM-dd" : Plain + "'Z'", CultureInfo.InvariantCulture);
    });

    private static JsonObject Change(JsonObject definition, Func<string, string> change)
    {
        foreach (var activity in (definition["root"] as JsonObject)?.AllActivities() ?? [])
        {
            foreach (var name in activity.Text("type") == DagInputs.TypeName ? OfDag : OfTask)
                if ((activity[name] as JsonObject)?["expression"] is JsonObject expression && expression.Text("type") == "Literal" && expression.Text("value") is { Length: > 0 } text)
                    expression["value"] = change(text);
        }
        return definition;
    }
}

using Pipelines.Model.Activities;

namespace Pipelines.Api.Studio.Descriptors;

/// <summary>Which of Studio's editors an input gets, and what that editor wants to know.</summary>
internal static class OptionEditor
{
    private const string Dropdown = "dropdown";
    private const string Checklist = "checklist";

    /// <summary>The editor's name. Code is shown by the syntax, see <see cref="Definitions.CodeInputs"/>, and as lines of text without one.</summary>
    public static string HintOf(InputDescriptor input) => input.UiHint switch
    {
        "code-editor" => "multiline",
        Checklist => Checklist,
        var hint => input.OptionsFrom is null ? hint : Dropdown,
    };

    /// <summary>What the editor shows before anything was asked of a connection; null: nothing to say.</summary>
    public static IReadOnlyDictionary<string, object>? Specifications(InputDescriptor input) => HintOf(input) switch
    {
        _ when input.OptionsFrom is not null => Listed(input, []),
        Dropdown => Listed(input, [.. input.Options.Select(option => new Option(option, option))]),
        "json-editor" => new Dictionary<string, object> { ["code-editor"] = new { language = "json" } },
        _ => null,
    };

    /// <summary>A list for the editor. Studio asks again for a list that is marked with Refresh whenever it shows the input.</summary>
    public static IReadOnlyDictionary<string, object> Listed(InputDescriptor input, IReadOnlyList<Option> options)
    {
        var specifications = new Dictionary<string, object>();
        if (HintOf(input) == Checklist) specifications[Checklist] = new { checkList = new { items = options, isFlagsEnum = false } };
        else specifications[Dropdown] = new { selectList = new { items = options, isFlagsEnum = false } };
        if (input.OptionsFrom is not null) specifications["Refresh"] = true;
        return specifications;
    }
}

/// <summary>A choice.</summary>
internal sealed record Option(string Text, string Value);

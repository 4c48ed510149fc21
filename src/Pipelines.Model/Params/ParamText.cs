using System.Text.Encodings.Web;
using System.Text.Json;

namespace Pipelines.Model.Params;

/// <summary>How values of params are written for people.</summary>
public static class ParamText
{
    /// <summary>JSON on one line, with letters of all languages as they are.</summary>
    public static JsonSerializerOptions Plain { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}

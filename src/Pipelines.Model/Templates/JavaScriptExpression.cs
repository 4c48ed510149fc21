using Acornima;
using Jint;
using Jint.Native;
using Jint.Native.Json;
using Jint.Runtime;

namespace Pipelines.Model.Templates;

/// <summary>Evaluates an input's JavaScript, with the names of templates as globals and nothing of .NET.</summary>
internal static class JavaScriptExpression
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(2);

    /// <summary>A text result as it is, null and undefined as "", anything else as JSON.</summary>
    /// <exception cref="TemplateException">It does not parse, throws, or exceeds its limits.</exception>
    public static string Evaluate(string code, TemplateContext context)
    {
        try
        {
            using var engine = MakeEngine();
            Define(engine, context);
            var result = engine.Evaluate(code);
            if (result.IsString()) return result.AsString();
            return result.IsNull() || result.IsUndefined() ? "" : new JsonSerializer(engine).Serialize(result, JsValue.Undefined, JsValue.Undefined).ToString();
        }
        catch (JavaScriptException error)
        {
            throw new TemplateException(error.Message, error.Location.Start.Line, error.Location.Start.Column + 1);
        }
        catch (ParseErrorException error)
        {
            throw new TemplateException(error.Message, error.LineNumber, error.Column + 1);
        }
        catch (Exception error) when (error is JintException or TimeoutException or TemplateFault)
        {
            throw new TemplateException(error.Message, 1, 1);
        }
    }

    private static Engine MakeEngine() => new(options => options
        .Strict()
        .LimitRecursion(100)
        .LimitMemory(32 * 1024 * 1024)
        .TimeoutInterval(Longest)
        .MaxStatements(1_000_000)
        .DisableStringCompilation());

    // Plain values only: objects of the template world come as JSON, so that code cannot reach their .NET side.
    private static void Define(Engine engine, TemplateContext context)
    {
        var names = new TemplateNames(context);
        var parser = new JsonParser(engine);
        foreach (var name in names.All)
        {
            if (names.Find(name) is not (string or long or double or bool or TemplateDict or TemplateList or TemplateDate or null) || names.Find(name) is not { } value) continue;
            engine.SetValue(name, parser.Parse(TemplateJson.ToJson(value)!.ToJsonString()));
        }
    }
}

using Pipelines.TestKit;

namespace Pipelines.UnitTests.Plugins;

/// <summary>Plugins as people write them.</summary>
internal static class PluginSource
{
    /// <summary>A plugin of one activity that returns a text.</summary>
    public static byte[] Returning(string type, string text, string assembly = "Acme", string version = "1.0.0") =>
        CSharpLibrary.WithModel(assembly, Class(type, $"\"{text}\""), version);

    /// <summary>The source of a class that is an activity.</summary>
    /// <param name="type">Its type name, and after the last '.' the class'.</param>
    /// <param name="value">An expression for what it returns.</param>
    /// <param name="members">More of the class.</param>
    /// <param name="descriptor">The rest of its descriptor, after the description.</param>
    /// <param name="modifier">Of the class.</param>
    public static string Class(string type, string value, string members = "", string descriptor = "[], [], [\"Done\"]", string modifier = "public") => $$"""
        using System.Text.Json.Nodes;
        using Pipelines.Model.Activities;

        {{modifier}} sealed class {{type.Split('.')[^1]}} : IActivity
        {
            public ActivityDescriptor Descriptor { get; } = new("{{type}}", "Mine", "Mine", "Does it.", {{descriptor}});

            public async Task<Outcome> RunAsync(ITaskContext context, CancellationToken cancellation)
            {
                await Task.Yield();
                return new Outcome.Succeeded(JsonValue.Create({{value}}));
            }

            {{members}}
        }
        """;
}

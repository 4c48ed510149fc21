using Microsoft.AspNetCore.Http;

namespace Pipelines.Api.Studio;

/// <summary>What a person should know of something that was done. Studio shows no words of a success, so they travel in a header that the page around it shows.</summary>
internal static class Notices
{
    private const string Header = "x-pipelines-notice";

    /// <summary>Adds the words, escaped as in an address: a header holds ASCII only.</summary>
    public static void Notice(this HttpResponse response, string words) => response.Headers[Header] = Uri.EscapeDataString(words);
}

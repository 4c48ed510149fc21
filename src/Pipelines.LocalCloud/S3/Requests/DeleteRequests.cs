using System.Xml.Linq;
using Pipelines.LocalCloud.S3.Objects;

namespace Pipelines.LocalCloud.S3.Requests;

/// <summary>DeleteObject and DeleteObjects.</summary>
internal static class DeleteRequests
{
    private const int MostKeys = 1000;

    public static Task OneAsync(S3Exchange exchange)
    {
        var condition = new PutCondition(ETag: exchange.Header("If-Match")?.Trim('"'));
        exchange.Store.Delete(exchange.Bucket, exchange.Key, condition);
        exchange.NoContent();
        return Task.CompletedTask;
    }

    public static async Task ManyAsync(S3Exchange exchange)
    {
        exchange.RequireBucket();
        var document = await Xml.ReadAsync(exchange);
        var objects = document?.Children("Object").ToList() ?? [];
        if (objects.Count is 0 or > MostKeys || objects.Any(item => string.IsNullOrEmpty(item.Text("Key"))))
            throw S3Failure.MalformedXml($"Delete must hold 1 to {MostKeys} Object elements with a Key each.");
        var quiet = document!.Text("Quiet") == "true";
        var results = objects.Select(item => Delete(exchange, item)).Where(result => !quiet || result.Name.LocalName == "Error");
        await exchange.AnswerAsync(Xml.Element("DeleteResult", results.ToList()));
    }

    private static XElement Delete(S3Exchange exchange, XElement item)
    {
        var key = item.Text("Key")!;
        try
        {
            exchange.Store.Delete(exchange.Bucket, key, new PutCondition(ETag: item.Text("ETag")?.Trim('"')));
            return Xml.Element("Deleted", Xml.Element("Key", key));
        }
        catch (S3Failure refused)
        {
            return Xml.Element("Error", Xml.Element("Key", key), Xml.Element("Code", refused.Code), Xml.Element("Message", refused.Message));
        }
    }
}

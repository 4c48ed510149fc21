using Pipelines.Api.Access;

namespace Pipelines.UnitTests.Access;

/// <summary>What the framework says of a request that cannot be read, without the names of types.</summary>
public class RefusedRequestsTests
{
    [TestCase("Failed to bind parameter \"Nullable<int> page\" from \"abc\".", "'page' is 'abc', which is no such value as it must be")]
    [TestCase("Failed to bind parameter \"int page\" from \"\".", "'page' is '', which is no such value as it must be")]
    [TestCase("Required parameter \"string dagId\" was not provided from query string.", "'dagId' is missing")]
    [TestCase("Failed to read parameter \"SaveRequest request\" from the request body as JSON.", "its body is not the JSON that belongs here")]
    [TestCase("Request body too large. The max request body size is 30000000 bytes.", "Request body too large. The max request body size is 30000000 bytes.")]
    public void No_type_is_named(string framework, string words) => Assert.That(RefusedRequests.Words(framework), Is.EqualTo(words));
}

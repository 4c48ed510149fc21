using Microsoft.AspNetCore.Http;
using Pipelines.Api.Access;
using Pipelines.Engine.Operations;

namespace Pipelines.UnitTests.Access;

public class RefusalsTests
{
    [TestCase(RefusalKind.NotFound, 404)]
    [TestCase(RefusalKind.Conflict, 409)]
    [TestCase(RefusalKind.Invalid, 400)]
    public void An_operation_that_was_refused_has_one_status_at_every_door(RefusalKind kind, int status) =>
        Assert.That(((IStatusCodeHttpResult)Refusals.Of(new OperationException(kind, "why"))).StatusCode, Is.EqualTo(status));
}

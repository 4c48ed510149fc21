using Pipelines.Model.Connections;

namespace Pipelines.UnitTests.Connections;

/// <summary>Which types of connections there are.</summary>
public class ConnectionTypesTests
{
    [TestCase("postgre", "Did you mean 'postgres'?")]
    [TestCase("redshfit", "Did you mean 'redshift'?")]
    [TestCase("mysql", "Known: aws, generic, http, https, postgres, redshift, smtp.")]
    public void A_type_that_nothing_uses_is_refused_with_the_one_that_was_meant(string type, string hint) =>
        Assert.That(() => ConnectionTypes.Check(ConnectionUri.Parse("shop", $"{type}://reader:s3cret@db/shop")), Throws.TypeOf<ConnectionException>().With.Message
            .EqualTo($"The type '{type}' of connection 'shop' is not known. {hint} For any other system, whose parts templates and code read, use generic."));

    [TestCase("postgresql", "postgres")]
    [TestCase("generic", "generic")]
    [TestCase("https", "https")]
    public void A_known_type_passes(string type, string stored) =>
        Assert.That(ConnectionTypes.Check(ConnectionUri.Parse("shop", $"{type}://db")).ConnType, Is.EqualTo(stored));
}

using System.Net;
using Microsoft.Extensions.Time.Testing;
using Pipelines.Api.Access;
using Pipelines.TestKit;

namespace Pipelines.UnitTests.Access;

/// <summary>Whoever guesses passwords must not fill the log.</summary>
public sealed class RefusedSignInsTests
{
    private static readonly IPAddress Guesser = IPAddress.Parse("192.0.2.1");

    private readonly FakeTimeProvider _time = new();
    private HeardLog _log = null!;
    private RefusedSignIns _refused = null!;

    [SetUp]
    public void Create()
    {
        _log = new HeardLog();
        _refused = new RefusedSignIns(_log.For<RefusedSignInsTests>(), _time);
    }

    [TearDown]
    public void Drop()
    {
        _refused.Dispose();
        _log.Dispose();
    }

    [Test]
    public void An_address_has_a_few_lines_a_minute_and_the_rest_is_counted()
    {
        Refuse(Guesser, 500);
        var lines = _log.Rest();
        Assert.That(lines, Has.Count.EqualTo(26));
        Assert.That(lines[0], Does.Contain("'ada' was refused from 192.0.2.1 by /login: wrong"));
        Assert.That(lines[25], Does.Contain("counted").And.Contain("192.0.2.1"));
        Refuse(IPAddress.Parse("192.0.2.2"), 1);
        Assert.That(_log.Rest(), Has.Count.EqualTo(1), "others are still heard");

        _time.Advance(TimeSpan.FromMinutes(1));
        Refuse(Guesser, 1);

        Assert.That(_log.Rest(), Has.Count.EqualTo(2).And.One.Contains("475 more sign-ins were refused").And.One.Contains("'ada' was refused"));
    }

    [Test]
    public void Many_addresses_together_have_no_more_than_a_hundred()
    {
        for (var number = 0; number < 500; number++) Refuse(new IPAddress([192, 0, (byte)(number / 256), (byte)number]), 1);
        Assert.That(_log.Rest(), Has.Count.EqualTo(101));
    }

    [Test]
    public void What_was_only_counted_is_said_at_the_end()
    {
        Refuse(Guesser, 27);
        _log.Rest();

        _refused.Dispose();

        Assert.That(_log.Rest(), Has.One.Contains("2 more sign-ins were refused"));
    }

    private void Refuse(IPAddress address, int times)
    {
        for (var time = 0; time < times; time++) _refused.Add("'ada'", address, address, "/login", "wrong");
    }
}

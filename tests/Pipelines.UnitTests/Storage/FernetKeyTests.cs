using Pipelines.Storage.Secrets;

namespace Pipelines.UnitTests.Storage;

/// <summary>The vectors are those of github.com/fernet/spec (generate.json, verify.json, invalid.json).</summary>
public class FernetKeyTests
{
    private const string Secret = "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=";
    private const string Token = "gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0ODy021cpGVWKZ_eEwCGM4BLLF_5CV9dOPmrhuVUPgJobwOz7JcbmrR64jVmpU4IwqDA==";

    [Test]
    public void The_published_token_is_made()
    {
        var iv = Enumerable.Range(0, 16).Select(value => (byte)value).ToArray();

        var token = new FernetKey(Secret).Encrypt("hello"u8.ToArray(), DateTimeOffset.Parse("1985-10-26T01:20:00-07:00"), iv);

        Assert.That(token, Is.EqualTo(Token));
    }

    [Test]
    public void The_published_token_is_read() => Assert.That(new FernetKey(Secret).Decrypt(Token), Is.EqualTo("hello"));

    [TestCase("gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAl1-szkFVzXTuGb4hR8AKtwcaX1YdykQUFBQUFBQUFBQQ==", TestName = "A_wrong_signature_is_refused")]
    [TestCase("gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPA==", TestName = "A_token_that_is_too_short_is_refused")]
    [TestCase("%%%%%%%%%%%%%AECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAl1-szkFVzXTuGb4hR8AKtwcaX1YdykRtfsH-p1YsUD2Q==", TestName = "Text_that_is_not_base64_is_refused")]
    [TestCase("gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPOm73QeoCk9uGib28Xe5vz6oxq5nmxbx_v7mrfyudzUm", TestName = "A_payload_that_is_not_whole_blocks_is_refused")]
    [TestCase("gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0ODz4LEpdELGQAad7aNEHbf-JkLPIpuiYRLQ3RtXatOYREu2FWke6CnJNYIbkuKNqOhw==", TestName = "A_payload_with_wrong_padding_is_refused")]
    public void Invalid(string token) => Assert.That(new FernetKey(Secret).Decrypt(token), Is.Null);

    [Test]
    public void Every_byte_of_a_token_is_protected()
    {
        var key = new FernetKey(FernetKey.Generate());
        var token = key.Encrypt("päss wörd 🔑", DateTimeOffset.UnixEpoch).TrimEnd('=');
        Assert.That(key.Decrypt(token), Is.EqualTo("päss wörd 🔑"));
        for (var i = 0; i < token.Length - 1; i++)
        {
            var damaged = token[..i] + (token[i] == 'A' ? 'B' : 'A') + token[(i + 1)..];
            Assert.That(key.Decrypt(damaged), Is.Null, $"character {i}");
        }
    }

    [Test]
    public void A_rotated_key_still_reads_and_the_new_one_writes()
    {
        var (old, young) = (FernetKey.Generate(), FernetKey.Generate());
        var before = new FernetKeys(old).Encrypt("secret");
        var rotated = new FernetKeys($"{young}, {old}");

        Assert.That(rotated.Decrypt(before, "It"), Is.EqualTo("secret"));
        Assert.That(new FernetKey(young).Decrypt(rotated.Encrypt("secret")!), Is.EqualTo("secret"));
    }

    [Test]
    public void A_secret_of_another_key_is_refused_with_what_to_do()
    {
        var token = new FernetKeys(FernetKey.Generate()).Encrypt("secret");

        var error = Assert.Throws<SecretException>(() => new FernetKeys(FernetKey.Generate()).Decrypt(token, "The password of connection 'shop'"));

        Assert.That(error!.Message, Does.Contain("connection 'shop'").And.Contain("PIPELINES_FERNET_KEY"));
    }

    [TestCase("")]
    [TestCase("short")]
    [TestCase("cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=,oops")]
    public void A_malformed_key_is_refused(string text) => Assert.Throws<FormatException>(() => _ = new FernetKeys(text));
}

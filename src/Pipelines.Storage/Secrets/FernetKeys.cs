namespace Pipelines.Storage.Secrets;

/// <summary>The keys of stored secrets: the first encrypts, all decrypt, so that a key can be rotated.</summary>
public sealed class FernetKeys
{
    private readonly List<FernetKey> _keys;

    /// <summary>Reads keys as Airflow's <c>core.fernet_key</c> writes them.</summary>
    /// <param name="text">One key, or several separated by commas, the newest first.</param>
    /// <exception cref="FormatException">A key is malformed, or there is none.</exception>
    public FernetKeys(string text)
    {
        _keys = text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(key => new FernetKey(key)).ToList();
        if (_keys.Count == 0) throw new FormatException("The Fernet key is empty. Set PIPELINES_FERNET_KEY to a key that all hosts share.");
    }

    /// <summary>As the constructor; null when it would throw.</summary>
    public static FernetKeys? TryRead(string text)
    {
        try
        {
            return new FernetKeys(text);
        }
        catch (FormatException)
        {
            return null;
        }
    }

    /// <summary>Null stays null.</summary>
    internal string? Encrypt(string? text) => text is null ? null : _keys[0].Encrypt(text, DateTimeOffset.UtcNow);

    /// <summary>True when one of them made the token.</summary>
    internal bool Read(string token) => _keys.Exists(key => key.Decrypt(token) is not null);

    /// <summary>Null stays null.</summary>
    /// <param name="what">What the token is of, for the error.</param>
    /// <exception cref="SecretException">No key fits.</exception>
    internal string? Decrypt(string? token, string what) => token is null ? null
        : _keys.Select(key => key.Decrypt(token)).FirstOrDefault(text => text is not null)
        ?? throw new SecretException($"{what} cannot be decrypted: it was stored with another Fernet key. Add that key to PIPELINES_FERNET_KEY (comma-separated, newest first), or store the secret again.");
}

/// <summary>A stored secret cannot be read; the message says which and what to do.</summary>
public sealed class SecretException(string message) : Exception(message);

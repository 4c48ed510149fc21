using System.Net;

namespace Pipelines.LocalCloud.Postgres;

/// <summary>How an <see cref="EmbeddedPostgres"/> is to run.</summary>
public sealed record PostgresOptions
{
    /// <summary>The folder of this server: its cluster, its password and its log. Created (mode 0700) when it is missing; kept when the server stops.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>The TCP port; 0 takes a free one.</summary>
    public int Port { get; init; }

    /// <summary>Where it listens besides 127.0.0.1. Every login needs its password, from wherever it comes.</summary>
    public IPAddress BindAddress { get; init; } = IPAddress.Loopback;

    /// <summary>False trades the data's survival of a power cut for speed. For tests and demos.</summary>
    public bool Fsync { get; init; } = true;

    /// <summary>How many connections the server accepts.</summary>
    public int MaxConnections { get; init; } = 200;

    /// <summary>Further settings, as in postgresql.conf.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>How long the server may take to accept its first connection (recovery after a crash included).</summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Given, a server that ends by itself is started again on its port, and this is told in words; null: it stays ended.</summary>
    public Action<string>? OnTrouble { get; init; }

    /// <summary>The pause before the first new start; it doubles with each that does not last.</summary>
    public TimeSpan RestartPause { get; init; } = TimeSpan.FromMilliseconds(500);
}

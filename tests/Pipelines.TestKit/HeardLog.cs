using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Pipelines.TestKit;

/// <summary>What a program writes to its log, for tests that wait for it.</summary>
public sealed class HeardLog : ILoggerProvider, ILogger
{
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();

    public ILogger<T> For<T>() => new Logger<T>(new LoggerFactory([this]));

    /// <summary>Waits for the next line at level warning or above.</summary>
    public Task<string> NextAsync() => _lines.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30));

    /// <summary>The lines not heard yet.</summary>
    public List<string> Rest()
    {
        List<string> lines = [];
        while (_lines.Reader.TryRead(out var line)) lines.Add(line);
        return lines;
    }

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel)) _lines.Writer.TryWrite(formatter(state, exception));
    }

    public void Dispose()
    {
    }
}

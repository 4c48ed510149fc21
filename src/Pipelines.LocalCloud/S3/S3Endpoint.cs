using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Pipelines.LocalCloud.S3.Objects;
using Pipelines.LocalCloud.S3.Requests;
using Pipelines.LocalCloud.S3.Signing;

namespace Pipelines.LocalCloud.S3;

/// <summary>An S3 endpoint over HTTP: path-style addresses, Signature Version 4, objects in a folder.</summary>
public sealed class S3Endpoint : IAsyncDisposable
{
    // 1,024 bytes of key are up to 3,072 characters, twice that with a copy source, and presigned queries are long.
    private const int LongestRequestLine = 32 * 1024;

    private readonly WebApplication _host;

    private S3Endpoint(WebApplication host, ObjectStore store, S3Options options)
    {
        _host = host;
        Store = store;
        Uri = new Uri($"http://{new IPEndPoint(options.BindAddress, new Uri(host.Urls.First()).Port)}");
    }

    /// <summary>The service URL for clients; they must use path-style addresses.</summary>
    public Uri Uri { get; }

    /// <summary>The same objects without HTTP.</summary>
    public ObjectStore Store { get; }

    /// <exception cref="IOException">The port or the folder is taken; the message says which.</exception>
    public static async Task<S3Endpoint> StartAsync(
        S3Options options, ILoggerFactory? loggers = null, TimeProvider? clock = null, CancellationToken cancellationToken = default)
    {
        var store = ObjectStore.Open(options.RootDirectory, clock);
        var host = Build(options, store, loggers ?? NullLoggerFactory.Instance);
        try
        {
            await host.StartAsync(cancellationToken);
            return new S3Endpoint(host, store, options);
        }
        catch (Exception failure)
        {
            await host.DisposeAsync();
            store.Dispose();
            if (failure is IOException { InnerException: AddressInUseException })
                throw new IOException($"The S3 endpoint cannot use {options.BindAddress}:{options.Port}: the port is taken. Stop the program that holds it or choose another port.", failure);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        Store.Dispose();
    }

    private static WebApplication Build(S3Options options, ObjectStore store, ILoggerFactory loggers)
    {
        // Empty: an appsettings.json or ASPNETCORE_ variable of the surrounding program is none of ours.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(loggers);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => Configure(kestrel, options));
        var credentials = new Credentials(options.AccessKey, options.SecretKey, options.Region);
        var dispatcher = new Dispatcher(store, new RequestVerifier(credentials, store.Clock), credentials, loggers.CreateLogger<S3Endpoint>());
        var app = builder.Build();
        app.Run(dispatcher.AnswerAsync);
        return app;
    }

    private static void Configure(KestrelServerOptions kestrel, S3Options options)
    {
        kestrel.Listen(options.BindAddress, options.Port, listen => listen.Protocols = HttpProtocols.Http1);
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = null;
        kestrel.Limits.MaxRequestLineSize = LongestRequestLine;
        // A client may pause while it reads its source or its disk is full.
        kestrel.Limits.MinRequestBodyDataRate = null;
        kestrel.Limits.MinResponseDataRate = null;
    }
}

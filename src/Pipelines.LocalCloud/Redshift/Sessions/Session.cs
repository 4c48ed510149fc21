using System.Buffers.Binary;
using System.Net.Sockets;
using Pipelines.LocalCloud.Redshift.Catalog;
using Pipelines.LocalCloud.Redshift.Wire;

namespace Pipelines.LocalCloud.Redshift.Sessions;

/// <summary>One client and its one backend connection, from login to goodbye.</summary>
internal sealed class Session(Socket socket, RedshiftOptions options, IReadOnlyDictionary<string, RedshiftCatalog> catalogs, BackendAddress address)
{
    /// <summary>Parameters that PostgreSQL knows; drivers for Redshift send others of their own.</summary>
    private static readonly string[] Passed = ["application_name", "client_encoding", "datestyle", "timezone", "extra_float_digits", "options", "search_path", "statement_timeout"];

    private readonly WireReader _reader = new(socket);
    private readonly WireWriter _writer = new(socket);

    public async Task RunAsync(CancellationToken cancel)
    {
        if (await new ClientLogin(socket, _reader, _writer, options, address).RunAsync(cancel) is not { } startup) return;
        using var backend = await OpenBackendAsync(startup, cancel);
        if (backend is null) return;
        int processId = await WelcomeAsync(backend, cancel);
        var catalog = catalogs[startup.Database];
        try
        {
            await TalkAsync(backend, new SessionContext(options, catalog, processId, startup.Database), cancel);
        }
        catch (Exception failure) when (failure is not (OperationCanceledException or IOException or SocketException))
        {
            SqlError.Internal($"The Redshift endpoint failed and closes this session: {failure.Message}", failure.ToString()).WriteTo(_writer, severity: "FATAL");
            await _writer.FlushAsync(cancel);
        }
        finally
        {
            await catalog.ForgetSessionAsync(processId, CancellationToken.None);
        }
    }

    private async Task TalkAsync(Backend backend, SessionContext context, CancellationToken cancel)
    {
        var conversation = new Conversation(_reader, _writer, backend, cancel);
        var simple = new SimpleQueryFlow(conversation, context);
        var extended = new ExtendedQueryFlow(conversation, context);
        while (await _reader.ReadAsync(cancel) is { } message)
        {
            switch (message.Type)
            {
                case 'X':
                    return;
                case 'Q':
                    await simple.RunAsync(message);
                    break;
                case 'P' or 'B' or 'D' or 'E' or 'C' or 'H' or 'S':
                    await extended.HandleAsync(message);
                    break;
                case 'd' or 'c' or 'f':
                    // What is left of a COPY FROM STDIN that failed; PostgreSQL ignores it too.
                    break;
                default:
                    throw new InvalidDataException($"The client sent a message of type '{message.Type}', which Redshift does not know.");
            }
        }
    }

    private async Task<Backend?> OpenBackendAsync(StartupPacket startup, CancellationToken cancel)
    {
        var settings = startup.Parameters.Where(parameter => Passed.Contains(parameter.Key, StringComparer.OrdinalIgnoreCase)).ToDictionary();
        if (options.User != address.User) settings["role"] = options.User;
        try
        {
            return await Backend.OpenAsync(address, startup.Database, settings, cancel);
        }
        catch (Exception failure) when (failure is SqlErrorException or SocketException or IOException)
        {
            var error = (failure as SqlErrorException)?.Error ?? new SqlError("08006", $"The PostgreSQL server behind the Redshift endpoint cannot be reached: {failure.Message}");
            error.WriteTo(_writer, severity: "FATAL");
            await _writer.FlushAsync(cancel);
            return null;
        }
    }

    /// <summary>Relays the backend's parameters, with Redshift's version, up to the first ReadyForQuery.</summary>
    /// <returns>The backend's process id.</returns>
    private async Task<int> WelcomeAsync(Backend backend, CancellationToken cancel)
    {
        _writer.Write('R', [0, 0, 0, 0]);
        int processId = 0;
        while (true)
        {
            var message = await backend.ReadAsync(cancel);
            if (message.Type == 'K') processId = BinaryPrimitives.ReadInt32BigEndian(message.Payload.Span);
            if (message.Type == 'S' && WireText.First(message.Payload) == "server_version") WriteVersion();
            else _writer.Write(message.Type, message.Payload.Span);
            if (message.Type is 'Z' or 'E') break;
        }
        await _writer.FlushAsync(cancel);
        return processId;
    }

    private void WriteVersion()
    {
        _writer.Begin('S');
        _writer.AppendText("server_version");
        _writer.AppendText(RedshiftVersion.Server);
        _writer.End();
    }
}

using System.Buffers.Binary;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace Pipelines.LocalCloud.Redshift.Wire;

/// <summary>One connection to the PostgreSQL server behind the endpoint, logged in and ready for raw protocol messages.</summary>
internal sealed class Backend : IDisposable
{
    private readonly Socket _socket;

    private Backend(Socket socket)
    {
        _socket = socket;
        Reader = new WireReader(socket);
        Writer = new WireWriter(socket);
    }

    public WireReader Reader { get; }

    public WireWriter Writer { get; }

    public static async Task<Backend> OpenAsync(BackendAddress address, string database,
        IReadOnlyDictionary<string, string> settings, CancellationToken cancel)
    {
        var backend = new Backend(await address.OpenAsync(cancel));
        try
        {
            backend.WriteStartup(address.User, database, settings);
            await backend.Writer.FlushAsync(cancel);
            await backend.LogInAsync(address, cancel);
            return backend;
        }
        catch
        {
            backend.Dispose();
            throw;
        }
    }

    public void Dispose() => _socket.Dispose();

    public async ValueTask<WireMessage> ReadAsync(CancellationToken cancel) =>
        await Reader.ReadAsync(cancel) ?? throw new IOException("The PostgreSQL server behind the Redshift endpoint closed the connection.");

    private void WriteStartup(string user, string database, IReadOnlyDictionary<string, string> settings)
    {
        var text = new StringBuilder().Append("user\0").Append(user).Append("\0database\0").Append(database).Append('\0');
        foreach (var (name, value) in settings) text.Append(name).Append('\0').Append(value).Append('\0');
        byte[] bytes = Encoding.UTF8.GetBytes(text.Append('\0').ToString());
        Writer.AppendInt32(bytes.Length + 8);
        Writer.AppendInt32(StartupPacket.Version3);
        Writer.Append(bytes);
    }

    private async Task LogInAsync(BackendAddress address, CancellationToken cancel)
    {
        var scram = new ScramLogin(address.Password);
        while (true)
        {
            var message = await ReadAsync(cancel);
            if (message.Type == 'E') throw new SqlErrorException(ReadError(message.Payload.Span));
            if (message.Type != 'R') throw new InvalidDataException($"The backend sent '{message.Type}' instead of an authentication request.");
            if (!Authenticate(address, scram, message.Payload.Span)) return;
            await Writer.FlushAsync(cancel);
        }
    }

    /// <returns>False when the backend is satisfied.</returns>
    private bool Authenticate(BackendAddress address, ScramLogin scram, ReadOnlySpan<byte> request)
    {
        var rest = request[4..];
        switch (BinaryPrimitives.ReadInt32BigEndian(request))
        {
            case 0:
                return false;
            case 3:
                WritePassword(address.Password);
                return true;
            case 5:
                WritePassword(Md5Password.Hash(address.User, address.Password, rest));
                return true;
            case 10:
                WriteScramStart(scram.First);
                return true;
            case 11:
                Writer.Write('p', Encoding.UTF8.GetBytes(scram.Answer(Encoding.UTF8.GetString(rest))));
                return true;
            case 12 when scram.Accepts(Encoding.UTF8.GetString(rest)):
                return true;
            default:
                throw new AuthenticationTagMismatchException("The backend wants an authentication method that the Redshift endpoint does not speak; use trust, password, md5 or scram-sha-256.");
        }
    }

    private void WritePassword(string password)
    {
        Writer.Begin('p');
        Writer.AppendText(password);
        Writer.End();
    }

    private void WriteScramStart(string first)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(first);
        Writer.Begin('p');
        Writer.AppendText("SCRAM-SHA-256");
        Writer.AppendInt32(bytes.Length);
        Writer.Append(bytes);
        Writer.End();
    }

    private static SqlError ReadError(ReadOnlySpan<byte> payload)
    {
        var fields = new Dictionary<char, string>();
        while (payload.Length > 1)
        {
            char field = (char)payload[0];
            payload = payload[1..];
            fields[field] = WireText.Take(ref payload);
        }
        return new SqlError(fields.GetValueOrDefault('C', "08006"), fields.GetValueOrDefault('M', "The backend refused the connection."));
    }
}

using System.Buffers.Binary;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Pipelines.LocalCloud.Redshift.Wire;

namespace Pipelines.LocalCloud.Redshift.Sessions;

/// <summary>The client's side of a connection up to the password: encryption is declined, cancel requests are passed on.</summary>
internal sealed class ClientLogin(Socket socket, WireReader reader, WireWriter writer, RedshiftOptions options, BackendAddress backend)
{
    /// <returns>The client's parameters, or null when this connection is over.</returns>
    public async Task<StartupPacket?> RunAsync(CancellationToken cancel)
    {
        while (await reader.ReadStartupAsync(cancel) is { } payload)
        {
            var packet = StartupPacket.Parse(payload.Span);
            if (packet.Code is StartupPacket.SslRequest or StartupPacket.GssRequest) await socket.SendAsync("N"u8.ToArray(), cancel);
            else if (packet.Code == StartupPacket.CancelRequest) return await PassCancelAsync(packet, cancel);
            else if (packet.Code >> 16 == 3) return await CheckAsync(packet, cancel);
            else return await RefuseAsync(new SqlError("0A000", $"unsupported frontend protocol {packet.Code >> 16}.{packet.Code & 0xFFFF}: the endpoint speaks 3.0"), cancel);
        }
        return null;
    }

    private async Task<StartupPacket?> CheckAsync(StartupPacket packet, CancellationToken cancel)
    {
        if (packet.Code != StartupPacket.Version3) OfferVersion3();
        byte[] salt = RandomNumberGenerator.GetBytes(4);
        AskForPassword(salt);
        await writer.FlushAsync(cancel);
        if (await reader.ReadAsync(cancel) is not { Type: 'p' } answer) return null;
        byte[] wanted = Encoding.UTF8.GetBytes(Md5Password.Hash(options.User, options.Password, salt));
        bool isRight = packet.User == options.User
            && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(WireText.First(answer.Payload)), wanted);
        if (!isRight) return await RefuseAsync(new SqlError("28000", $"password authentication failed for user \"{packet.User}\""), cancel);
        if (options.Databases.Contains(packet.Database)) return packet;
        return await RefuseAsync(new SqlError("3D000", $"database \"{packet.Database}\" does not exist"), cancel);
    }

    private void AskForPassword(byte[] salt)
    {
        writer.Begin('R');
        writer.AppendInt32(5);
        writer.Append(salt);
        writer.End();
    }

    private void OfferVersion3()
    {
        writer.Begin('v');
        writer.AppendInt32(StartupPacket.Version3);
        writer.AppendInt32(0);
        writer.End();
    }

    private async Task<StartupPacket?> RefuseAsync(SqlError error, CancellationToken cancel)
    {
        error.WriteTo(writer, severity: "FATAL");
        await writer.FlushAsync(cancel);
        return null;
    }

    /// <summary>The client holds the backend's own process id and key, so the request fits as it is.</summary>
    private async Task<StartupPacket?> PassCancelAsync(StartupPacket packet, CancellationToken cancel)
    {
        byte[] request = new byte[packet.Raw.Length + 4];
        BinaryPrimitives.WriteInt32BigEndian(request, request.Length);
        packet.Raw.CopyTo(request, 4);
        using var connection = await backend.OpenAsync(cancel);
        await connection.SendAsync(request, cancel);
        // PostgreSQL closes the connection when the signal is sent; only then may the client believe it.
        await connection.ReceiveAsync(new byte[1], cancel);
        return null;
    }
}

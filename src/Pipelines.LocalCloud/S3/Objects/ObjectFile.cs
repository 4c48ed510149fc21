using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Pipelines.LocalCloud.S3.Objects;

/// <summary>
/// The one file of an object: body, then its record as JSON, then the JSON's length and a mark. Body and record in one file are replaced by one
/// rename, so a reader never sees the new bytes with the old headers; the record comes last because the ETag is known last.
/// </summary>
internal static class ObjectFile
{
    private const int FooterLength = 12;

    private static ReadOnlySpan<byte> Mark => "PLS3OBJ1"u8;

    /// <summary>The path of a key below a folder: a hash, so that no key (<c>..</c>, <c>/</c>, 1,024 bytes) can name a path.</summary>
    public static string PathOf(string folder, string key)
    {
        var name = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)));
        return Path.Combine(folder, name[..2], name[2..]);
    }

    public static async Task WriteRecordAsync(FileStream file, ObjectRecord record, CancellationToken cancellationToken)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(record);
        var tail = new byte[json.Length + FooterLength];
        json.CopyTo(tail, 0);
        BinaryPrimitives.WriteInt32LittleEndian(tail.AsSpan(json.Length), json.Length);
        Mark.CopyTo(tail.AsSpan(json.Length + 4));
        await file.WriteAsync(tail, cancellationToken);
    }

    /// <exception cref="FileNotFoundException">The object does not exist (or its folder).</exception>
    /// <exception cref="InvalidDataException">The file was not written to its end.</exception>
    public static ObjectContent Open(string path)
    {
        var file = new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.Open,
            Access = FileAccess.Read,
            Share = FileShare.Read | FileShare.Delete,
            Options = FileOptions.Asynchronous,
            BufferSize = 0,
        });
        try
        {
            return new ObjectContent(ReadRecord(file), file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public static ObjectRecord ReadRecord(string path)
    {
        using var content = Open(path);
        return content.Record;
    }

    private static ObjectRecord ReadRecord(FileStream file)
    {
        Span<byte> footer = stackalloc byte[FooterLength];
        if (file.Length < FooterLength || RandomAccess.Read(file.SafeFileHandle, footer, file.Length - FooterLength) != FooterLength
            || !footer[4..].SequenceEqual(Mark))
            throw Torn(file);
        var length = BinaryPrimitives.ReadInt32LittleEndian(footer);
        var start = file.Length - FooterLength - length;
        if (length <= 0 || start < 0)
            throw Torn(file);
        var json = new byte[length];
        if (RandomAccess.Read(file.SafeFileHandle, json, start) != length)
            throw Torn(file);
        try
        {
            var record = JsonSerializer.Deserialize<ObjectRecord>(json);
            return record?.Size == start ? record : throw Torn(file);
        }
        catch (JsonException)
        {
            throw Torn(file);
        }
    }

    private static InvalidDataException Torn(FileStream file) =>
        new($"The object file {file.Name} is damaged; delete it and upload the object again.");
}

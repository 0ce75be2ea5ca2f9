using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Orchestrator.Workflows.Model.Files;

/// <summary>What came of reading a file: its bytes, or why there are none.</summary>
/// <param name="Kind">What the path leads to.</param>
/// <param name="Bytes">Null: it could not be read, and <paramref name="Reason"/> says why.</param>
/// <param name="TooLarge">It has more bytes than the limit.</param>
public sealed record FileReading(FileKind Kind, byte[]? Bytes, string Reason, bool TooLarge = false);

/// <summary>
/// Reads files that people name or that lie in a folder of theirs. What is no regular file is refused without opening it for long:
/// a pipe without a writer would block for ever, and a device has no end. Bytes are counted, because the length that a file claims may be wrong.
/// </summary>
public static partial class RegularFile
{
    private const int NonBlocking = 0x800;
    private const int CloseOnExec = 0x80000;
    private const int BufferLength = 81_920;

    /// <summary>Reads at most <paramref name="limit"/> bytes. Never throws for what the file system says.</summary>
    public static FileReading Read(string path, int limit)
    {
        try
        {
            using var file = Open(path);
            if (file.Length > limit) return new FileReading(FileKind.Regular, null, $"the file has {file.Length / 1024.0 / 1024.0:0.#} MiB", TooLarge: true);

            return ReadAtMost(file, limit) is { } bytes
                ? new FileReading(FileKind.Regular, bytes, "")
                : new FileReading(FileKind.Regular, null, $"the file has more than {limit / 1024.0 / 1024.0:0.#} MiB", TooLarge: true);
        }
        catch (IrregularFileException irregular)
        {
            return new FileReading(irregular.Kind, null, irregular.Message);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return new FileReading(FileKind.Hidden, null, $"the file cannot be read: {exception.Message.TrimEnd('.')}");
        }
    }

    /// <summary>Opens a regular file for reading. Throws <see cref="IrregularFileException"/> with the reason when it is none, or cannot be opened.</summary>
    public static FileStream Open(string path)
    {
        if (path.Contains('\0', StringComparison.Ordinal)) throw new IrregularFileException(FileKind.Missing, "there is no such file");
        Refuse(path, FileStatus.Of(path).Kind);
        if (!OperatingSystem.IsLinux()) return File.OpenRead(path);

        // Something else may have come to the path since: without waiting for a writer, and looked at again once it is open.
        var descriptor = OpenNative(path, NonBlocking | CloseOnExec);
        if (descriptor < 0)
        {
            var error = Marshal.GetLastPInvokeError();
            Refuse(path, FileStatus.Of(path).Kind);
            throw new IrregularFileException(FileKind.Hidden, $"the file cannot be read: {Marshal.GetPInvokeErrorMessage(error)}");
        }

        var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        try
        {
            Refuse(path, FileStatus.Of(handle).Kind);
            return new FileStream(handle, FileAccess.Read, bufferSize: 1);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Null: there are more bytes than that.</summary>
    public static byte[]? ReadAtMost(Stream content, int limit)
    {
        using var kept = new MemoryStream();
        var buffer = new byte[BufferLength];
        while (content.Read(buffer, 0, buffer.Length) is > 0 and var read)
        {
            if (kept.Length + read > limit) return null;
            kept.Write(buffer, 0, read);
        }

        return kept.ToArray();
    }

    private static void Refuse(string path, FileKind kind)
    {
        var reason = kind switch
        {
            FileKind.Regular => null,
            FileKind.Missing => "there is no such file",
            FileKind.Folder => "this is a folder, not a file",
            FileKind.Pipe => "this is a named pipe, not a file: write what it gives to a file first",
            FileKind.Socket => "this is a socket, not a file",
            FileKind.Device => "this is a device, not a file",
            FileKind.DanglingLink => $"this is a link to '{TargetOf(path)}', which is not there: remove the link, or fix where it leads",
            FileKind.LinkLoop => "this is a link that leads back to itself: remove it, or fix where it leads",
            _ => null,
        };
        if (reason is not null) throw new IrregularFileException(kind, reason);
    }

    private static string TargetOf(string path)
    {
        try
        {
            return new FileInfo(path).LinkTarget ?? path;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return path;
        }
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenNative(string path, int flags);
}

/// <summary>A path leads to no regular file, or to one that cannot be opened. The message says why, without the path.</summary>
public sealed class IrregularFileException(FileKind kind, string message) : IOException(message)
{
    public FileKind Kind { get; } = kind;
}

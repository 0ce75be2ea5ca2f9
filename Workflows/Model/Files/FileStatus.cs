using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Orchestrator.Workflows.Model.Files;

/// <summary>What a path leads to, links followed.</summary>
public enum FileKind
{
    Missing,
    Regular,
    Folder,
    Pipe,
    Socket,
    Device,

    /// <summary>A link whose target is not there.</summary>
    DanglingLink,

    /// <summary>A link that leads back to itself.</summary>
    LinkLoop,

    /// <summary>It cannot be looked at.</summary>
    Hidden,
}

/// <summary>What the file system says of a path.</summary>
/// <param name="Device">With <paramref name="Inode"/> the file's identity, whatever path leads to it; 0 where the system does not tell.</param>
/// <param name="Length">In bytes, as the file system claims it; files of <c>/proc</c> claim 0.</param>
/// <param name="Changed">Nanoseconds of the epoch at which content or attributes changed last.</param>
public readonly partial record struct FileStatus(FileKind Kind, ulong Device, ulong Inode, long Length, long Changed)
{
    private const int AtCurrentFolder = -100;
    private const int NoFollow = 0x100;
    private const int EmptyPath = 0x1000;
    private const uint BasicStats = 0x7ff;

    private const int NoSuchEntry = 2;
    private const int NoFolder = 20;
    private const int TooManyLinks = 40;

    /// <summary>Never opens the file, so a pipe without a writer does not block.</summary>
    public static FileStatus Of(string path)
    {
        if (!OperatingSystem.IsLinux()) return Portable(path);

        return Ask(AtCurrentFolder, path, 0, out var status) switch
        {
            0 => status,
            NoSuchEntry or NoFolder => new FileStatus(Ask(AtCurrentFolder, path, NoFollow, out _) == 0 ? FileKind.DanglingLink : FileKind.Missing, 0, 0, 0, 0),
            TooManyLinks => new FileStatus(FileKind.LinkLoop, 0, 0, 0, 0),
            _ => new FileStatus(FileKind.Hidden, 0, 0, 0, 0),
        };
    }

    /// <summary>Of a file that is open, whatever has become of its path.</summary>
    public static FileStatus Of(SafeFileHandle file) =>
        OperatingSystem.IsLinux() && Ask((int)file.DangerousGetHandle(), "", EmptyPath, out var status) == 0
            ? status
            : new FileStatus(FileKind.Regular, 0, 0, 0, 0);

    /// <summary>The same file, and not another one that came to its path. Unknown identities are taken for the same.</summary>
    public bool IsSameFile(FileStatus other) => Inode == 0 || other.Inode == 0 ? Kind == other.Kind : (Device, Inode) == (other.Device, other.Inode);

    private static FileStatus Portable(string path) => new(
        Directory.Exists(path) ? FileKind.Folder : File.Exists(path) ? FileKind.Regular : FileKind.Missing, 0, 0, 0, File.GetLastWriteTimeUtc(path).Ticks);

    private static int Ask(int folder, string path, int flags, out FileStatus status)
    {
        status = default;
        if (StatX(folder, path, flags, BasicStats, out var found) != 0) return Marshal.GetLastPInvokeError();

        var kind = (found.Mode & 0xf000) switch
        {
            0x8000 => FileKind.Regular,
            0x4000 => FileKind.Folder,
            0x1000 => FileKind.Pipe,
            0xc000 => FileKind.Socket,
            _ => FileKind.Device,
        };
        status = new FileStatus(kind, ((ulong)found.DeviceMajor << 32) | found.DeviceMinor, found.Inode, (long)found.Size, (found.ChangedSeconds * 1_000_000_000) + found.ChangedNanoseconds);
        return 0;
    }

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatX(int folder, string path, int flags, uint mask, out Native status);

    // struct statx of Linux: the same on every architecture, unlike struct stat.
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct Native
    {
        [FieldOffset(28)]
        public ushort Mode;

        [FieldOffset(32)]
        public ulong Inode;

        [FieldOffset(40)]
        public ulong Size;

        [FieldOffset(96)]
        public long ChangedSeconds;

        [FieldOffset(104)]
        public uint ChangedNanoseconds;

        [FieldOffset(136)]
        public uint DeviceMajor;

        [FieldOffset(140)]
        public uint DeviceMinor;
    }
}

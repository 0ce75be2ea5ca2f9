using System.Runtime.InteropServices;

namespace Orchestrator.Server.Files;

/// <summary>Keeps a data folder to its owner: it holds inputs, tokens and the audit.</summary>
internal static partial class PrivateFolder
{
    // W_OK | X_OK.
    private const int WriteAndSearch = 3;

    private const UnixFileMode Others =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    /// <summary>From here on what this process and those that it starts make is their owner's alone.</summary>
    public static void RestrictNewFiles()
    {
        if (!OperatingSystem.IsWindows()) _ = UMask(Convert.ToUInt32("077", 8));
    }

    /// <summary>Whether this user may make files in a folder; asked of the system, nothing is made.</summary>
    public static bool IsWritable(string folder) => Access(folder, WriteAndSearch) == 0;

    /// <summary>
    /// Closes a folder of an earlier version, and says so. A folder that others share, as <c>/tmp</c>, stays as it is: only what is
    /// ours in it is closed.
    /// </summary>
    /// <param name="own">Files and folders in it that are ours.</param>
    /// <param name="warn">Takes a sentence for people.</param>
    public static void Close(string folder, bool holdsJournal, IEnumerable<string> own, Action<string> warn)
    {
        if (OperatingSystem.IsWindows() || !Directory.Exists(folder)) return;

        try
        {
            var mode = File.GetUnixFileMode(folder);
            var shared = mode.HasFlag(UnixFileMode.StickyBit) || Path.GetFullPath(folder) == Path.GetFullPath(Directory.GetCurrentDirectory());
            if ((mode & Others) != 0 && holdsJournal && !shared)
            {
                File.SetUnixFileMode(folder, mode & ~Others);
                warn($"others could read the data folder {folder}; it is its owner's alone now");
            }
            else if ((mode & Others) != 0 && (holdsJournal || shared))
            {
                warn($"others can look into the data folder {folder}; its files are their owner's alone. Give it a folder of its own with --data DIR");
            }

            foreach (var entry in own.Where(Path.Exists))
            {
                var open = File.GetUnixFileMode(entry);
                if ((open & Others) != 0) File.SetUnixFileMode(entry, open & ~Others);
            }
        }
        catch (Exception exception) when (exception is UnauthorizedAccessException or IOException)
        {
            warn($"the data folder {folder} belongs to somebody else, and so who can read it is theirs to say: {exception.Message}");
        }
    }

    [LibraryImport("libc", EntryPoint = "access", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Access(string path, int mode);

    [LibraryImport("libc", EntryPoint = "umask")]
    private static partial uint UMask(uint mask);
}

using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Orchestrator.Infra.Provisioning.State;

/// <summary>Makes a directory's entries durable: a rename survives a power cut only with them. .NET opens files alone, so this asks the C library.</summary>
internal static class DirectoryEntries
{
    private const int ReadOnly = 0;

    /// <summary>Does nothing where directories cannot be opened.</summary>
    public static void Flush(string directory)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        using var handle = new SafeFileHandle(Open(Encoding.UTF8.GetBytes(directory + '\0'), ReadOnly), ownsHandle: true);
        if (!handle.IsInvalid)
        {
            RandomAccess.FlushToDisk(handle);
        }
    }

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Open(byte[] path, int flags);
}

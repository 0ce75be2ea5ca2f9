using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Orchestrator.Workflows.Storage.Sqlite;

/// <summary>
/// The number of the last commit, in a file beside the database. SQLite drops the end of a write-ahead log that it cannot read, and with it
/// commits that were acknowledged; the database alone cannot know that they are missing. Written after each commit without waiting for the
/// disk, and synced every few seconds: exact when a process is killed, at most that much too low after a power failure, never too high.
/// </summary>
internal sealed class CommitMark : IDisposable
{
    public const string FileName = "orchestrator.commits";

    private const int Digits = 20;

    private readonly SafeFileHandle file;
    private readonly byte[] line = new byte[(2 * Digits) + 2];
    private long written;
    private long synced;

    public CommitMark(string folder, long commits)
    {
        file = File.OpenHandle(PathIn(folder), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        Write(commits);
    }

    public static string PathIn(string folder) => Path.Combine(folder, FileName);

    /// <summary>Null: there is no mark, or it is damaged and says nothing.</summary>
    public static long? Read(string folder)
    {
        try
        {
            var bytes = File.ReadAllBytes(PathIn(folder)).AsSpan();
            return bytes.Length >= (2 * Digits) + 1
                && Utf8Parser.TryParse(bytes[..Digits], out long commits, out var length) && length == Digits
                && Utf8Parser.TryParse(bytes.Slice(Digits + 1, Digits), out long check, out length) && length == Digits
                && check == CheckOf(commits)
                ? commits
                : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>For the writer's thread. A disk that does not take it takes no commit either, and says so there.</summary>
    public void Write(long commits)
    {
        Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{commits:D20} {CheckOf(commits):D20}\n"), line);
        try
        {
            RandomAccess.Write(file, line, 0);
            Volatile.Write(ref written, commits);
        }
        catch (IOException)
        {
            // An older mark says less, and nothing wrong.
        }
    }

    public void Sync()
    {
        var now = Volatile.Read(ref written);
        if (now == synced) return;

        try
        {
            RandomAccess.FlushToDisk(file);
            synced = now;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            // It is tried again with the next commits.
        }
    }

    public void Dispose()
    {
        Sync();
        file.Dispose();
    }

    // Half a line that a crash left says nothing rather than something wrong.
    private static long CheckOf(long commits) => (commits * 6_364_136_223_846_793_005 + 1_442_695_040_888_963_407) & 0x0FFF_FFFF_FFFF_FFFF;
}

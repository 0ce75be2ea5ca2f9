using System.Globalization;
using System.Text.Json;
using Orchestrator.Infra.Provisioning.Stacks;

namespace Orchestrator.Infra.Provisioning.State;

/// <param name="Timestamp">Wall time.</param>
internal sealed record StackLockOwner(int Pid, string Hostname, DateTimeOffset Timestamp);

/// <summary>
/// Keeps two updates of one stack apart. The operating system holds the lock for the process, so it ends with the process,
/// however that dies; the file beside it tells people who holds it.
/// </summary>
internal sealed class StackLock : IDisposable
{
    private static readonly TimeSpan WaitLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly FileStream _file;

    private StackLock(FileStream file) => _file = file;

    /// <summary>Waits up to 10 s of wall time: an attempt that lost its lease needs a moment to stop.</summary>
    /// <exception cref="StackLockedException">Another update holds it for longer.</exception>
    public static async Task<StackLock> TakeAsync(string directory, string project, string stack, TimeProvider systemClock, CancellationToken cancellationToken)
    {
        var path = Path.Combine(directory, ".pulumi", "locks", "organization", project, $"{stack}.lock");
        var told = path + ".json";
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var started = systemClock.GetTimestamp();
        while (true)
        {
            try
            {
                // Never deleted: a lock on an unlinked file would exclude nobody.
                var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
                await File.WriteAllBytesAsync(told, JsonSerializer.SerializeToUtf8Bytes(new StackLockOwner(Environment.ProcessId, Environment.MachineName, systemClock.GetUtcNow()), StateJson.Default.StackLockOwner), cancellationToken);
                return new StackLock(file);
            }
            catch (IOException) when (File.Exists(path))
            {
                if (systemClock.GetElapsedTime(started) >= WaitLimit)
                {
                    throw new StackLockedException($"{project}/{stack}", Owner(told));
                }

                await Task.Delay(Pause, systemClock, cancellationToken);
            }
        }
    }

    public void Dispose() => _file.Dispose();

    private static string Owner(string file)
    {
        try
        {
            var owner = JsonSerializer.Deserialize(File.ReadAllBytes(file), StateJson.Default.StackLockOwner);
            return string.Create(CultureInfo.InvariantCulture, $"created by {owner?.Hostname} (pid {owner?.Pid}) at {owner?.Timestamp:yyyy-MM-ddTHH:mm:ssZ}");
        }
        catch (Exception e) when (e is IOException or JsonException)
        {
            return "its owner is not known";
        }
    }
}

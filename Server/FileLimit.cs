using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Orchestrator.Server;

/// <summary>
/// The most files that the process may open, looked at before anything else is: with too few not even this program's own parts can be
/// loaded, so nothing here needs more than the runtime's core. The runtime has raised the soft limit to the hard one by then.
/// </summary>
internal static class FileLimit
{
    /// <summary>A server has 270 open at rest, most of them its own parts; with callers and clusters it needs more. Linux gives 1,024.</summary>
    public const int Least = 512;

    /// <summary>True when there is enough, or nobody knows; else the sentence was said.</summary>
    public static bool Suffices()
    {
        try
        {
            foreach (var line in File.ReadAllLines("/proc/self/limits"))
            {
                if (!line.StartsWith("Max open files", StringComparison.Ordinal)) continue;

                var soft = line.AsSpan("Max open files".Length).TrimStart();
                var end = soft.IndexOf(' ');
                return end < 0 || !int.TryParse(soft[..end], NumberStyles.None, CultureInfo.InvariantCulture, out var most) || most >= Least || Say(most);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // No such file system here.
        }

        return true;
    }

    private static bool Say(int most)
    {
        var sentence = $"orchestrator: this process may open {most} files, and it needs {Least}; raise the limit with: ulimit -n 1024, or LimitNOFILE= of the service\n";
        using var error = new FileStream(new SafeFileHandle(2, ownsHandle: false), FileAccess.Write, bufferSize: 0);
        error.Write(Encoding.UTF8.GetBytes(sentence));
        return false;
    }
}

using System.Globalization;

namespace Orchestrator.Servers;

/// <summary>Processes by their parent, from /proc.</summary>
internal static class ProcessTree
{
    public static IReadOnlyList<int> Children(int parent) =>
        [.. Directory.EnumerateDirectories("/proc")
            .Select(folder => int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : 0)
            .Where(id => id > 0 && Read(id) is { } process && process.Parent == parent)];

    public static async Task WhenGoneAsync(IReadOnlyList<int> processes, TimeSpan waitLimit)
    {
        using var limit = new CancellationTokenSource(waitLimit, TimeProvider.System);
        // Nobody may be there to collect an orphan, which then stays behind as a zombie that holds nothing any more.
        while (processes.Any(id => Read(id) is { State: not 'Z' }))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, limit.Token);
        }
    }

    private static (char State, int Parent)? Read(int id)
    {
        try
        {
            // "pid (name) state parent …", and the name may hold anything.
            var text = File.ReadAllText($"/proc/{id.ToString(CultureInfo.InvariantCulture)}/stat");
            var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ', 3);
            return (fields[0][0], int.Parse(fields[1], CultureInfo.InvariantCulture));
        }
        catch (IOException)
        {
            return null;
        }
    }
}

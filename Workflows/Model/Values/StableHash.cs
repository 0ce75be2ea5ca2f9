using System.Text;

namespace Orchestrator.Workflows.Model.Values;

/// <summary>A 64-bit hash that is the same on every machine and in every version: journals depend on it.</summary>
internal static class StableHash
{
    /// <summary>FNV-1a over UTF-8, finished with splitmix64 so that near texts give far numbers.</summary>
    public static ulong Of(string text)
    {
        var hash = 14695981039346656037UL;
        foreach (var letter in Encoding.UTF8.GetBytes(text))
        {
            hash = (hash ^ letter) * 1099511628211UL;
        }

        hash = (hash ^ (hash >> 30)) * 0xBF58476D1CE4E5B9UL;
        hash = (hash ^ (hash >> 27)) * 0x94D049BB133111EBUL;
        return hash ^ (hash >> 31);
    }
}

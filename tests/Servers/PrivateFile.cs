namespace Orchestrator.Servers;

internal static class PrivateFile
{
    /// <summary>Writes a file that its owner alone can read, as servers demand of their secrets.</summary>
    public static void Write(string path, string text)
    {
        File.WriteAllText(path, text);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }
}

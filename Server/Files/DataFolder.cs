using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization;
using Orchestrator.Server.Failures;

namespace Orchestrator.Server.Files;

/// <summary>The process that works on a data folder.</summary>
internal sealed record ServerFile(Uri Url, int Pid, DateTimeOffset StartedAt);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(ServerFile))]
[JsonSerializable(typeof(EnvironmentFile))]
internal sealed partial class DataFolderJson : JsonSerializerContext;

/// <summary>The folder that holds all that outlives a process. One process works on it at a time.</summary>
internal sealed class DataFolder(string path)
{
    // Numbers of Linux's errors, which .NET passes on.
    private const int AlreadyLocked = 11;
    private const int DiskFull = 28;
    private const int ReadOnlyFileSystem = 30;

    public string Path { get; } = System.IO.Path.GetFullPath(path);

    public string Log => File("orchestrator.log");

    public string Journal => File("orchestrator.db");

    public bool HasJournal => System.IO.File.Exists(Journal);

    private string Server => File("server.json");

    public string EnvironmentPath => File("environment.json");

    /// <summary>What the simulated cloud of the night was made to do, one JSON line each.</summary>
    public string EffectsPath => File("effects.jsonl");

    /// <summary>
    /// Makes the folder, and makes sure that nobody works on it and that it can be written, before anything is. Throws
    /// <see cref="CommandException"/> with the way to fix it.
    /// </summary>
    /// <param name="holdsJournal">False: the journal is elsewhere, and several processes may use the folder.</param>
    public void Create(bool holdsJournal)
    {
        PrivateFolder.RestrictNewFiles();
        try
        {
            Directory.CreateDirectory(Path);
            if (holdsJournal)
            {
                // The journal takes this lock for good; until then nothing of a folder that is somebody else's is touched.
                using var mine = new FileStream(File("orchestrator.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1);
            }

            PrivateFolder.Close(Path, HasJournal, Own(), sentence => Console.Error.WriteLine($"orchestrator: {sentence}"));
        }
        catch (IOException exception) when (exception.HResult == AlreadyLocked)
        {
            throw InUse(exception);
        }
        catch (Exception exception) when (exception is UnauthorizedAccessException or IOException { HResult: ReadOnlyFileSystem })
        {
            throw CommandException.NotReachable(
                $"the data folder {Path} cannot be written: {exception.Message.TrimEnd('.')}. Give it to the user that runs this, mount it for writing, or give another one with --data DIR", exception);
        }
        catch (IOException exception) when (exception.HResult != DiskFull)
        {
            throw CommandException.NotReachable($"the data folder {Path} cannot be made: {exception.Message.TrimEnd('.')}. Give another one with --data DIR", exception);
        }
    }

    /// <summary>Another process works on the folder: who, and what to do.</summary>
    public CommandException InUse(Exception exception) => CommandException.NotReachable(
        FindServer() is { } other
            ? $"process {other.Pid} works on the data folder {Path}; talk to it with --server {other.Url}, or give another folder with --data DIR"
            : $"another orchestrator process works on the data folder {Path}; wait for its end, or give another folder with --data DIR", exception);

    /// <summary>The process that works on the folder now, or null. A file that a killed process left behind does not count.</summary>
    public ServerFile? FindServer()
    {
        if (Read(Server, DataFolderJson.Default.ServerFile) is not { } server)
        {
            return null;
        }

        try
        {
            // Ids are used again, in a container soon: another program of that id is not the one that wrote the file.
            using var process = Process.GetProcessById(server.Pid);
            return process.ProcessName.StartsWith("orchestrator", StringComparison.Ordinal) ? server : null;
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    public void WriteServer(Uri url, DateTimeOffset now) =>
        AtomicFile.Write(Server, JsonSerializer.SerializeToUtf8Bytes(new ServerFile(url, Environment.ProcessId, now), DataFolderJson.Default.ServerFile));

    /// <summary>The folder itself may be gone by now.</summary>
    public void DeleteServer() => Delete(Server);

    /// <summary>Throws <see cref="CommandException"/> when the file is there and damaged: without it unfinished runs would go on at a wrong time.</summary>
    public EnvironmentFile? ReadEnvironment()
    {
        if (Read(EnvironmentPath, DataFolderJson.Default.EnvironmentFile) is { } environment)
        {
            return environment;
        }

        return System.IO.File.Exists(EnvironmentPath)
            ? throw CommandException.NotReachable($"{EnvironmentPath} is damaged: it says how far the night is. Remove it, and say with --start TIME where unfinished runs go on; without it they go on at the start of the fleet's night")
            : null;
    }

    /// <summary>When somebody last took part in the night; for one that there is.</summary>
    public DateTimeOffset EnvironmentTouched => System.IO.File.GetLastWriteTimeUtc(EnvironmentPath);

    public void WriteEnvironment(EnvironmentFile environment) => AtomicFile.Write(EnvironmentPath, JsonSerializer.SerializeToUtf8Bytes(environment, DataFolderJson.Default.EnvironmentFile));

    public void TouchEnvironment(DateTimeOffset now)
    {
        if (System.IO.File.Exists(EnvironmentPath))
        {
            System.IO.File.SetLastWriteTimeUtc(EnvironmentPath, now.UtcDateTime);
        }
    }

    /// <summary>Ends the night, and with it its cloud.</summary>
    public void DeleteEnvironment() => Delete(EnvironmentPath);

    private static void Delete(string file)
    {
        try
        {
            System.IO.File.Delete(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // A note that stays behind says nothing: its process is gone. What ends here must not fail for it.
        }
    }

    private static T? Read<T>(string file, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(System.IO.File.ReadAllBytes(file), type);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException or JsonException)
        {
            return null;
        }
    }

    /// <summary>What processes of ours make in the folder, in any version.</summary>
    private IEnumerable<string> Own() =>
        Directory.EnumerateFileSystemEntries(Path).Where(entry => System.IO.Path.GetFileName(entry) is var name
            && (name.StartsWith("orchestrator.", StringComparison.Ordinal) || name is "server.json" or "environment.json" or "effects.jsonl" or "turns.marks" or "stacks" or ".pulumi"));

    private string File(string name) => System.IO.Path.Combine(Path, name);
}

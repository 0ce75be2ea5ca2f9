using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text.Json;
using Orchestrator.Infra.FastScaleDown;
using Orchestrator.Server.Failures;
using Orchestrator.Server.Files;

namespace Orchestrator.Server.Emergency;

/// <summary>
/// The folder <c>emergency</c> of a data folder: <c>key</c>, <c>PLAN.json</c> for each approved plan that is good, and <c>PLAN.jsonl</c> where one was carried out from here, which is
/// <c>PLAN.recorded.jsonl</c> once the journal has it.
/// </summary>
internal sealed class OrderFolder(DataFolder data)
{
    private const string Recorded = ".recorded.jsonl";

    private string Folder => Path.Combine(data.Path, "emergency");

    /// <summary>Plans whose orders are there.</summary>
    public IReadOnlyList<string> Plans => Directory.Exists(Folder) ? [.. Directory.GetFiles(Folder, "*.json").Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal)] : [];

    /// <summary>Records that the journal does not have yet.</summary>
    public IReadOnlyList<string> Unrecorded => Directory.Exists(Folder)
        ? [.. Directory.GetFiles(Folder, "*.jsonl").Where(file => !file.EndsWith(Recorded, StringComparison.Ordinal)).Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal)]
        : [];

    public void Write(KeptOrder order)
    {
        PrivateFolder.RestrictNewFiles();
        Directory.CreateDirectory(Folder);
        AtomicFile.Write(OrderPath(order.Plan), JsonSerializer.SerializeToUtf8Bytes(OrderSignature.Sign(order, Key()), OrderJson.Default.SignedOrder));
    }

    public void Delete(string plan) => File.Delete(OrderPath(plan));

    /// <summary>Null: there is no such order. Throws <see cref="CommandException"/> for one that is damaged, or whose signature is not this folder's.</summary>
    public KeptOrder? Read(string plan)
    {
        // An id as a plan has it, never a path.
        if (!Guid.TryParse(plan, out _) || !File.Exists(OrderPath(plan))) return null;

        SignedOrder? signed;
        try
        {
            signed = JsonSerializer.Deserialize(File.ReadAllBytes(OrderPath(plan)), OrderJson.Default.SignedOrder);
        }
        catch (JsonException exception)
        {
            throw CommandException.NotReachable($"{OrderPath(plan)} is damaged ({exception.Message}); it is written anew while a server with the store works on the folder", exception);
        }

        return signed is { Order: { } order } && OrderSignature.Holds(signed, Key())
            ? order
            : throw new CommandException(ExitCode.NotAllowed, $"{OrderPath(plan)} has not the signature of this data folder: somebody has changed or copied it. Nothing was done");
    }

    /// <summary>Begins a record, or goes on with one. What is written is on disk when the call returns.</summary>
    public RecordWriter Record(CarriedOut who)
    {
        PrivateFolder.RestrictNewFiles();
        var file = new FileStream(RecordPath(who.Plan), FileMode.Append, FileAccess.Write, FileShare.Read);
        return new RecordWriter(file, who);
    }

    /// <summary>A record, whole lines only.</summary>
    public CarriedOut? ReadRecord(string plan)
    {
        CarriedOut? who = null;
        var actions = ImmutableArray.CreateBuilder<ScaleDownAction>();
        foreach (var line in File.ReadAllText(RecordPath(plan)).Split('\n').SkipLast(1))
        {
            // Who carried it out twice stands there twice; the first is who did it.
            if (line.Contains("\"kind\":", StringComparison.Ordinal)) actions.Add(JsonSerializer.Deserialize(line, CarriedOutJson.Default.ScaleDownAction)!);
            else who ??= JsonSerializer.Deserialize(line, CarriedOutJson.Default.CarriedOut);
        }

        return who is null ? null : who with { Actions = actions.ToImmutable() };
    }

    public void MarkRecorded(string plan) => File.Move(RecordPath(plan), Path.Combine(Folder, plan + Recorded), overwrite: true);

    private string OrderPath(string plan) => Path.Combine(Folder, $"{plan}.json");

    private string RecordPath(string plan) => Path.Combine(Folder, $"{plan}.jsonl");

    private byte[] Key()
    {
        var path = Path.Combine(Folder, "key");
        if (File.Exists(path)) return File.ReadAllBytes(path);

        var key = RandomNumberGenerator.GetBytes(32);
        AtomicFile.Write(path, key);
        return key;
    }
}

/// <summary>Writes a record line by line.</summary>
internal sealed class RecordWriter : IDisposable
{
    private readonly FileStream _file;

    public RecordWriter(FileStream file, CarriedOut who)
    {
        _file = file;
        Write(JsonSerializer.SerializeToUtf8Bytes(who, CarriedOutJson.Default.CarriedOut));
    }

    public void Write(ScaleDownAction action) => Write(JsonSerializer.SerializeToUtf8Bytes(action, CarriedOutJson.Default.ScaleDownAction));

    public void Dispose() => _file.Dispose();

    private void Write(byte[] line)
    {
        _file.Write([.. line, (byte)'\n']);
        _file.Flush(flushToDisk: true);
    }
}

using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Orchestrator.Workflows.Execution.Settings;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Execution.Runs;

/// <summary>
/// How often a process died while it decided on a run, counted in the store for all servers. The first death is counted from the marks that the
/// process left, when it starts again. From then on the run is a suspect: each of its inputs is counted before it is decided, alone, and counted
/// back afterwards, so that whichever server comes next knows of a death. Two deaths on the same input put the run in quarantine.
/// </summary>
internal sealed partial class CrashRecord(IJournal journal, WorkflowOptions options, ILogger logger) : IDisposable
{
    private const string Key = "engine/crashes";
    private const string ByHand = "by hand";
    private const int MostCrashes = 2;

    private readonly Lock gate = new();
    private readonly SemaphoreSlim trial = new(1);
    private TurnMarks? marks;
    private Task? counted;
    private volatile ImmutableDictionary<RunId, ImmutableDictionary<string, int>> runs = ImmutableDictionary<RunId, ImmutableDictionary<string, int>>.Empty;

    /// <summary>Runs that are in quarantine.</summary>
    public IEnumerable<RunId> Quarantined => runs.Where(run => Most(run.Value) >= MostCrashes).Select(run => run.Key);

    public bool IsQuarantined(RunId run) => !runs.IsEmpty && runs.TryGetValue(run, out var turns) && Most(turns) >= MostCrashes;

    public bool IsSuspect(RunId run) => !runs.IsEmpty && runs.ContainsKey(run);

    /// <summary>Of a run in quarantine, for an operator.</summary>
    public StepError Error(RunId run)
    {
        var byHand = runs.GetValueOrDefault(run)?.ContainsKey(ByHand) == true;
        return new StepError(
            ErrorCodes.Quarantined,
            (byHand ? "An operator put the run in quarantine when a server started." : "The process ended twice while it decided on this run, most likely by one of the run's expressions.")
            + " Nothing of it is evaluated meanwhile. Retry the run once the cause is fixed, or cancel it; its finally blocks are then left out.") { Retryable = false };
    }

    /// <summary>Notes that a decision begins where a crash would leave the note; to be given to <see cref="Decided"/> when it has ended in any way.</summary>
    public int Deciding(RunId run, RunRequest request) => marks is { } file && !IsSuspect(run) ? file.Begin(run, StableHash.Of(request.Turn)) : TurnMarks.None;

    public void Decided(int mark) => marks?.End(mark);

    /// <summary>Counts what the process before left, once, and reads what all servers have counted. Before anything is decided.</summary>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        Task once;
        lock (gate)
        {
            if (counted is null or { IsFaulted: true }) counted = CountAsync();
            once = counted;
        }

        await once;
        runs = Parse(await journal.FindDocumentAsync(Key, cancellationToken));
    }

    /// <summary>An operator lifts the quarantine. One more crash on the same input brings it back.</summary>
    public Task LiftAsync(RunId run) => !IsSuspect(run) ? Task.CompletedTask : ChangeAsync(all =>
    {
        if (!all.TryGetValue(run, out var turns)) return all;
        var left = turns.Remove(ByHand).ToImmutableDictionary(turn => turn.Key, _ => MostCrashes - 1);
        return left.IsEmpty ? all.Remove(run) : all.SetItem(run, left);
    });

    /// <summary>Counts a suspect's input as one more death until <see cref="EndTrialAsync"/>, and lets no other suspect be decided meanwhile.</summary>
    public async Task BeginTrialAsync(RunId run, string turn)
    {
        await trial.WaitAsync();
        try
        {
            await ChangeAsync(all => all.SetItem(run, Counted(all.GetValueOrDefault(run, ImmutableDictionary<string, int>.Empty), Hash(StableHash.Of(turn)))));
        }
        catch
        {
            trial.Release();
            throw;
        }
    }

    /// <summary>The process is alive: the input was not the cause.</summary>
    public async Task EndTrialAsync(RunId run, string turn)
    {
        try
        {
            var hash = Hash(StableHash.Of(turn));
            await ChangeAsync(all => all.TryGetValue(run, out var turns) && turns.Remove(hash) is var left ? left.IsEmpty ? all.Remove(run) : all.SetItem(run, left) : all);
        }
        finally
        {
            trial.Release();
        }
    }

    /// <summary>The run has ended.</summary>
    public Task ForgetAsync(RunId run) => !IsSuspect(run) ? Task.CompletedTask : ChangeAsync(all => all.Remove(run));

    public void Dispose()
    {
        marks?.Dispose();
        trial.Dispose();
    }

    private async Task CountAsync()
    {
        if (marks is null) OpenMarks();
        var found = marks?.Read() ?? [];
        if (found.Count + options.Quarantine.Count > 0) await ChangeAsync(all => Count(all, found));
        // Only now: a process that dies here counts at its next start what it has not counted.
        marks?.Clear();
        foreach (var run in options.Quarantine)
        {
            if (await journal.FindAsync(new RunId(run), CancellationToken.None) is null) LogUnknown(run);
        }
    }

    private void OpenMarks()
    {
        if (options.Marks is not { } folder) return;

        try
        {
            marks = TurnMarks.Open(folder);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            LogNoMarks(error, folder);
        }
    }

    private ImmutableDictionary<RunId, ImmutableDictionary<string, int>> Count(ImmutableDictionary<RunId, ImmutableDictionary<string, int>> all, List<TurnMark> found)
    {
        // It was the only one, or the only one on which one had died before. Otherwise each of them may be it, and is a suspect from now on: the next death tells.
        var again = found.FindAll(mark => all.GetValueOrDefault(mark.Run)?.ContainsKey(Hash(mark.Turn)) == true);
        var culprits = again.Count == 1 ? again : found.Count == 1 ? found : [];
        foreach (var mark in found)
        {
            var turns = all.GetValueOrDefault(mark.Run, ImmutableDictionary<string, int>.Empty);
            var hash = Hash(mark.Turn);
            if (culprits.Contains(mark) || !turns.ContainsKey(hash)) turns = Counted(turns, hash);
            all = all.SetItem(mark.Run, turns);
            LogDied(mark.Run, turns[hash]);
        }

        foreach (var run in options.Quarantine) all = all.SetItem(new RunId(run), all.GetValueOrDefault(new RunId(run), ImmutableDictionary<string, int>.Empty).SetItem(ByHand, MostCrashes));
        return all;
    }

    private async Task ChangeAsync(Func<ImmutableDictionary<RunId, ImmutableDictionary<string, int>>, ImmutableDictionary<RunId, ImmutableDictionary<string, int>>> change)
    {
        while (true)
        {
            var stored = await journal.FindDocumentAsync(Key, CancellationToken.None);
            var before = Parse(stored);
            var after = change(before);
            if (after != before)
            {
                var body = JsonSerializer.Serialize(after.ToDictionary(run => run.Key.ToString(), run => run.Value.ToDictionary()));
                if (!await journal.PutDocumentAsync(new StoredDocument(Key, (stored?.Version ?? 0) + 1, null, body))) continue;
            }

            runs = after;
            return;
        }
    }

    private static ImmutableDictionary<RunId, ImmutableDictionary<string, int>> Parse(StoredDocument? stored) =>
        stored is { Body.Length: > 0 }
            ? JsonSerializer.Deserialize<Dictionary<Guid, Dictionary<string, int>>>(stored.Body)!.ToImmutableDictionary(run => new RunId(run.Key), run => run.Value.ToImmutableDictionary())
            : ImmutableDictionary<RunId, ImmutableDictionary<string, int>>.Empty;

    private static ImmutableDictionary<string, int> Counted(ImmutableDictionary<string, int> turns, string hash) => turns.SetItem(hash, turns.GetValueOrDefault(hash) + 1);

    private static int Most(ImmutableDictionary<string, int> turns) => turns.IsEmpty ? 0 : turns.Values.Max();

    private static string Hash(ulong turn) => turn.ToString("x16", CultureInfo.InvariantCulture);

    [LoggerMessage(1031, LogLevel.Error, "A process died while it decided on run {RunId}; deaths counted for the same input: {Count}")]
    private partial void LogDied(RunId runId, int count);

    [LoggerMessage(1032, LogLevel.Warning, "There is no run {RunId} to put in quarantine; should one start under this id, it starts held")]
    private partial void LogUnknown(Guid runId);

    [LoggerMessage(1033, LogLevel.Warning, "Turns are not marked in {Folder}: a run whose turn ends the process cannot be told from the others")]
    private partial void LogNoMarks(Exception error, string folder);
}

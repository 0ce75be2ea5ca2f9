using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Orchestrator.Workflows.Documents;
using Orchestrator.Workflows.Interpretation;
using Orchestrator.Workflows.Journals;

namespace Orchestrator.Workflows.Execution;

/// <summary>
/// How often a process died while it decided on a run: counted in the store from the marks that it left, by whoever opens them next. A run that
/// took two down is quarantined on all servers; one that may have taken one down is a suspect, and decided alone.
/// </summary>
internal sealed partial class CrashRecord(IJournal journal, WorkflowOptions options, ILogger logger) : IDisposable
{
    private const string Key = "engine/crashes";
    private const string ByHand = "by hand";
    private const int MostCrashes = 2;

    private TurnMarks? marks;
    private bool counted;
    private volatile ImmutableDictionary<RunId, ImmutableDictionary<string, int>> runs = ImmutableDictionary<RunId, ImmutableDictionary<string, int>>.Empty;

    /// <summary>Runs that are in quarantine.</summary>
    public IEnumerable<RunId> Quarantined => runs.Where(run => Sum(run.Value) >= MostCrashes).Select(run => run.Key);

    public bool IsQuarantined(RunId run) => !runs.IsEmpty && runs.TryGetValue(run, out var turns) && Sum(turns) >= MostCrashes;

    public bool IsSuspect(RunId run) => !runs.IsEmpty && runs.ContainsKey(run);

    /// <summary>Of a run in quarantine, for an operator.</summary>
    public StepError Error(RunId run)
    {
        var byHand = runs.GetValueOrDefault(run)?.ContainsKey(ByHand) == true;
        return new StepError(
            ErrorCodes.Quarantined,
            (byHand ? "An operator put the run in quarantine." : "Deciding on the run ended the process twice, most likely by one of its expressions.")
            + $" It is not decided on. Lift it with `runs retry {run}` once the cause is mended, or give it up with `runs cancel {run} --force`.") { Retryable = false };
    }

    /// <summary>Decides on one input with a note of it where a crash would leave one.</summary>
    public void Decide(RunId run, Mail mail, Action<Mail> decide)
    {
        if (marks is { } file) file.Decide(run, mail, IsSuspect(run), decide);
        else decide(mail);
    }

    /// <summary>Counts what the process before left, once, and reads what all servers have counted. Before the shards that are taken are opened.</summary>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        if (!counted)
        {
            OpenMarks();
            var found = marks?.Read() ?? [];
            if (found.Count + options.Quarantine.Count > 0) await ChangeAsync(all => Count(all, found));
            // Only now: a process that dies here counts again at its next start what it has not counted.
            marks?.Clear();
            counted = true;
        }

        runs = Parse(await journal.FindDocumentAsync(Key, cancellationToken));
    }

    /// <summary>An operator lifts the quarantine; one more crash brings it back.</summary>
    public Task LiftAsync(RunId run) => !IsSuspect(run) ? Task.CompletedTask : ChangeAsync(all => all.SetItem(run, ImmutableDictionary<string, int>.Empty.Add("lifted", 1)));

    /// <summary>What had ended a process was decided well: it was not the cause.</summary>
    public Task SurvivedAsync(RunId run, string turn)
    {
        var hash = Hash(StableHash.Of(turn));
        if (!runs.TryGetValue(run, out var known) || !known.ContainsKey(hash)) return Task.CompletedTask;
        return ChangeAsync(all => all.TryGetValue(run, out var turns) && turns.Remove(hash) is var left ? left.IsEmpty ? all.Remove(run) : all.SetItem(run, left) : all);
    }

    /// <summary>The run has ended.</summary>
    public Task ForgetAsync(RunId run) => !IsSuspect(run) ? Task.CompletedTask : ChangeAsync(all => all.Remove(run));

    public void Dispose() => marks?.Dispose();

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
        // A suspect's own slot says which it was. Otherwise one of several may be it: each is a suspect from now on, and the next death tells.
        var culprits = found.Exists(mark => mark.Alone) ? found.FindAll(mark => mark.Alone) : found;
        foreach (var mark in culprits)
        {
            var turns = all.GetValueOrDefault(mark.Run, ImmutableDictionary<string, int>.Empty);
            if (culprits.Count > 1 && !turns.IsEmpty) continue;
            turns = turns.SetItem(Hash(mark.Turn), turns.GetValueOrDefault(Hash(mark.Turn)) + 1);
            all = all.SetItem(mark.Run, turns);
            LogDied(mark.Run, Sum(turns));
        }

        foreach (var run in options.Quarantine) all = all.SetItem(new RunId(run), ImmutableDictionary<string, int>.Empty.Add(ByHand, MostCrashes));
        return all;
    }

    private async Task ChangeAsync(Func<ImmutableDictionary<RunId, ImmutableDictionary<string, int>>, ImmutableDictionary<RunId, ImmutableDictionary<string, int>>> change)
    {
        while (true)
        {
            var stored = await journal.FindDocumentAsync(Key, CancellationToken.None);
            var before = Parse(stored);
            var after = change(before);
            runs = after;
            if (after == before) return;

            var body = JsonSerializer.Serialize(after.ToDictionary(run => run.Key.ToString(), run => run.Value.ToDictionary()));
            if (await journal.PutDocumentAsync(new StoredDocument(Key, (stored?.Version ?? 0) + 1, null, body))) return;
        }
    }

    private static ImmutableDictionary<RunId, ImmutableDictionary<string, int>> Parse(StoredDocument? stored) =>
        stored is { Body.Length: > 0 }
            ? JsonSerializer.Deserialize<Dictionary<Guid, Dictionary<string, int>>>(stored.Body)!.ToImmutableDictionary(run => new RunId(run.Key), run => run.Value.ToImmutableDictionary())
            : ImmutableDictionary<RunId, ImmutableDictionary<string, int>>.Empty;

    private static int Sum(ImmutableDictionary<string, int> turns) => turns.Values.Sum();

    private static string Hash(ulong turn) => turn.ToString("x16", CultureInfo.InvariantCulture);

    [LoggerMessage(LogLevel.Error, "A process died while it decided on run {RunId}; crashes counted for the run: {Count}")]
    private partial void LogDied(RunId runId, int count);

    [LoggerMessage(LogLevel.Warning, "Turns are not marked in {Folder}: a run whose turn ends the process cannot be told from the others")]
    private partial void LogNoMarks(Exception error, string folder);
}

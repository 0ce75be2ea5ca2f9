using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Orchestrator.Workflows.Execution.Decisions;
using Orchestrator.Workflows.Execution.Membership;
using Orchestrator.Workflows.Execution.Settings;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Membership;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Execution.Runs;

/// <summary>
/// The mailboxes of the runs that are loaded, and what they share. Mail for a run that another node decides goes there.
/// Keeps the number of idle ones bounded.
/// </summary>
internal sealed class RunDirectory(
    IJournal journal, Interpreter interpreter, RunbookVersions runbooks, ClusterMap map, Clocks clocks, WorkflowOptions options, Executor executor, ILogger logger)
    : IAsyncDisposable
{
    private static readonly TimeSpan releasePause = TimeSpan.FromMilliseconds(2);

    private readonly ConcurrentDictionary<RunId, RunMailbox> mailboxes = new();
    private int count;
    private int trimming;
    private readonly TaskCompletionSource quiet = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool closing;

    // One for the directory itself while it is open, and one for each mailbox at work.
    private int busy = 1;

    /// <summary>It takes no more mail, and what is under way is to end.</summary>
    public bool IsClosing => closing;

    public IJournal Journal => journal;

    public Interpreter Interpreter => interpreter;

    public RunbookVersions Runbooks => runbooks;

    public ClusterMap Map => map;

    public Clocks Clocks => clocks;

    public WorkflowOptions Options => options;

    public Executor Executor => executor;

    public ILogger Logger => logger;

    public LeaseTable Leases { get; } = new();

    public CrashRecord Crashes { get; } = new(journal, options, logger);

    public Dispatcher Dispatcher { get; set; } = null!;

    public Relay Relay { get; set; } = null!;

    public void Post(RunId run, Mail mail)
    {
        while (true)
        {
            if (closing)
            {
                mail.Fail(new ObjectDisposedException("Engine", "The engine is closing; what it has not answered, ask again when it is open."));
                return;
            }

            if (!map.Owns(run))
            {
                Relay.Send(run, mail);
                return;
            }

            if (!mailboxes.TryGetValue(run, out var mailbox))
            {
                var made = new RunMailbox(run, this);
                mailbox = mailboxes.GetOrAdd(run, made);
                if (mailbox == made) Interlocked.Increment(ref count);
            }

            if (mailbox.TryPost(mail)) return;

            // It retired in between, and is about to leave the directory.
            Remove(mailbox);
        }
    }

    /// <summary>An id for a run that this node will decide, so that its start need not travel.</summary>
    public RunId NewRun()
    {
        var now = clocks.Night.GetUtcNow();
        var run = RunId.New(now);
        while (map.OwnsAny && !map.Owns(run)) run = RunId.New(now);
        return run;
    }

    /// <summary>As last written; null when the run is not in memory.</summary>
    public RunSummary? FindLoaded(RunId run) => mailboxes.TryGetValue(run, out var mailbox) ? mailbox.Summary : null;

    /// <summary>Puts the runs of shards that are no longer this node's out of memory; returns when nothing is under way in them.</summary>
    public async Task ReleaseAsync(IReadOnlySet<int> shards, CancellationToken cancellationToken)
    {
        while (true)
        {
            var left = false;
            foreach (var mailbox in mailboxes.Values.Where(mailbox => shards.Contains(Shards.Of(mailbox.Run))))
            {
                if (mailbox.TryRetire()) Remove(mailbox);
                else left = true;
            }

            if (!left) return;
            await Task.Delay(releasePause, clocks.Wall, cancellationToken);
        }
    }

    public void Busy() => Interlocked.Increment(ref busy);

    /// <summary>Takes no more mail, and returns when what was taken is decided and written.</summary>
    public async ValueTask DisposeAsync()
    {
        if (closing) return;
        closing = true;
        Rest();
        await quiet.Task;
        Crashes.Dispose();
    }

    /// <summary>The mailbox has nothing to do.</summary>
    public void Idle(RunMailbox mailbox)
    {
        Rest();
        if (mailbox.IsSpent)
        {
            if (mailbox.TryRetire()) Remove(mailbox);
        }
        else if (Volatile.Read(ref count) > options.LoadedRuns)
        {
            Trim();
        }
    }

    private void Rest()
    {
        if (Interlocked.Decrement(ref busy) == 0) quiet.TrySetResult();
    }

    private void Trim()
    {
        if (Interlocked.Exchange(ref trimming, 1) == 1) return;

        var surplus = count - options.LoadedRuns * 9 / 10;
        foreach (var mailbox in mailboxes.Values.Where(mailbox => mailbox.IsIdle).OrderBy(mailbox => mailbox.LastUsed).Take(surplus).ToList())
        {
            if (mailbox.TryRetire()) Remove(mailbox);
        }

        Volatile.Write(ref trimming, 0);
    }

    private void Remove(RunMailbox mailbox)
    {
        if (mailboxes.TryRemove(new KeyValuePair<RunId, RunMailbox>(mailbox.Run, mailbox))) Interlocked.Decrement(ref count);
    }
}

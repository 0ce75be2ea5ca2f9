using System.Collections.Immutable;
using Orchestrator.Workflows.Bus;
using Orchestrator.Workflows.Journals;

namespace Orchestrator.Workflows.Execution;

/// <summary>Where an engine hears from workers: results, facts, heartbeats and progress.</summary>
internal sealed class WorkerDesk(RunDirectory directory, ProgressBoard progress)
{
    /// <summary>Before the bus starts.</summary>
    public void Listen(MessageBus bus)
    {
        bus.Receive<ResultMessage>(Queues.Results, results =>
        {
            foreach (var result in results) directory.Post(result.Stamp.Run, new ResultMail(result));
            return Task.CompletedTask;
        });
        bus.Receive<FactMessage>(Queues.Facts, facts =>
        {
            foreach (var fact in facts) directory.Post(fact.Stamp.Run, new FactMail(fact, Answer));
            return Task.CompletedTask;
        });
        bus.Receive<HeartbeatMessage>(Queues.Heartbeats, RenewAsync);
        bus.Receive<ProgressMessage>(Queues.Progress, said =>
        {
            foreach (var (stamp, fraction, message, at) in said)
                progress.Show(new TaskProgress(stamp.Run, stamp.Path, stamp.Attempt, stamp.Undo, fraction, message, at));
            return Task.CompletedTask;
        });
    }

    private void Answer(FactMessage fact, bool recorded) => directory.Dispatcher.Note(
        new NoteMessage(recorded ? NoteKind.FactRecorded : NoteKind.TaskLost, fact.Stamp, fact.Report, default));

    private async Task RenewAsync(List<HeartbeatMessage> beats)
    {
        var until = directory.Clocks.Wall.GetUtcNow() + directory.Options.LeaseLength;
        var current = beats.Where(beat => directory.Leases.IsCurrent(beat.Stamp)).ToList();
        var renewed = await directory.Journal.LeaseAsync(current
            .Select(beat => new LeaseChange(beat.Stamp.Run, beat.Stamp.Task, beat.Stamp.Token, beat.Worker, beat.Stamp.Token, until))
            .ToImmutableArray());
        var kept = current.Where((_, index) => renewed[index]).Select(beat => beat.Stamp).ToHashSet();
        foreach (var beat in beats)
            directory.Dispatcher.Note(new NoteMessage(kept.Contains(beat.Stamp) ? NoteKind.LeaseRenewed : NoteKind.TaskLost, beat.Stamp, 0, until));
    }
}

using System.Collections.Immutable;
using Orchestrator.Server.Identity;
using Orchestrator.Workflows.Execution;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Server.Approvals;

/// <summary>
/// People who approve whatever is asked of their roles: named on the command line, or simulated on the simulated cloud,
/// where a night at 600 times speed leaves nobody the time to read. Each decision says so in its comment.
/// </summary>
internal sealed partial class ApprovalPeople(
    Engine engine, OpenApprovals open, ImmutableArray<Person> people, string comment, ILogger<ApprovalPeople> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (people.IsEmpty)
        {
            return;
        }

        var from = engine.Position;
        foreach (var waiting in await open.ListAsync(stoppingToken))
        {
            await DecideAsync(waiting.Run, waiting.Path, waiting.Approval.Roles, stoppingToken);
        }

        await foreach (var entry in engine.WatchAsync(from, cancellationToken: stoppingToken))
        {
            foreach (var happened in entry.Events)
            {
                switch (happened)
                {
                    case ApprovalRequested asked: await DecideAsync(entry.Run, asked.Path, asked.Roles, stoppingToken); break;
                    case ApprovalEscalated asked: await DecideAsync(entry.Run, asked.Path, asked.Roles, stoppingToken); break;
                }
            }
        }
    }

    private async Task DecideAsync(RunId run, StepPath path, IReadOnlyList<string> roles, CancellationToken cancellationToken)
    {
        foreach (var person in people.Where(person => person.Roles.Any(roles.Contains)))
        {
            // Refusals are ordinary here: the quorum was reached, it is the person who started the run, it was decided before.
            if (await engine.RequestAsync(run, new DecideApproval(path, person.Name, person.Roles, true, comment), cancellationToken) is { } refusal)
            {
                LogRefused(person.Name, run, path, refusal.Message);
            }
        }
    }

    [LoggerMessage(EventId = 9001, Level = LogLevel.Debug, Message = "{Person} did not decide on {RunId} {Step}: {Reason}")]
    private partial void LogRefused(string person, RunId runId, StepPath step, string reason);
}

using Orchestrator.Workflows.Execution.Bus;
using Orchestrator.Workflows.Execution.Membership;
using Orchestrator.Workflows.Model.Bus;

namespace Orchestrator.Workflows.Execution.Runs;

/// <summary>Takes in what workers report to the engine of this server: results and facts.</summary>
internal sealed class TaskReportConsumer(MessageBus bus, MembershipTracker map, ITaskAssignment assignment, IRunRouter router)
{
    /// <summary>Before the bus starts.</summary>
    public void Listen()
    {
        var queue = Queues.Engine(map.Self.Name);
        bus.Receive<ResultMessage>(queue, QueueKind.Server, results => assignment.AcceptAsync(results, router), assignment.ResultBatches);
        bus.Receive<FactMessage>(queue, QueueKind.Server, facts =>
        {
            foreach (var fact in facts) router.Post(fact.TaskToken.Run, new FactRequest(fact, Answer));
            return Task.CompletedTask;
        });
    }

    private void Answer(FactMessage fact, bool recorded) => bus.Producer<TaskReplyMessage>(Queues.Server(fact.Worker), QueueKind.Passing).Post(
        new TaskReplyMessage(recorded ? TaskReplyKind.FactRecorded : TaskReplyKind.TaskLost, fact.TaskToken, fact.Report));
}

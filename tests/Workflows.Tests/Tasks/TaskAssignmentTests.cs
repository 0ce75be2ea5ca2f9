using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Orchestrator.Workflows.Execution.Bus;
using Orchestrator.Workflows.Execution.Membership;
using Orchestrator.Workflows.Execution.Runs;
using Orchestrator.Workflows.Execution.Settings;
using Orchestrator.Workflows.Model.Bus;
using Orchestrator.Workflows.Model.Membership;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Model.Values;
using Orchestrator.Workflows.Tests.Execution;

namespace Orchestrator.Workflows.Tests.Tasks;

/// <summary>The two ways of a task to its worker and of its result back.</summary>
public sealed class TaskAssignmentTests : IAsyncDisposable
{
    private static readonly TimeSpan lease = TimeSpan.FromSeconds(30);
    private static readonly RunId run = new(new Guid(1, 0, 0, new byte[8]));
    private static readonly ServerInfo self = new("one", "one-1", ServerRoles.All, [], 8, "");

    private readonly RefusingTransport transport = new();
    private readonly MembershipTracker map = new(self);
    private readonly Posts posts = new();
    private readonly MessageBus bus;

    public TaskAssignmentTests() => bus = new MessageBus(transport, map, Executor.ThreadPool, TimeProvider.System, NullLoggerFactory.Instance);

    public async ValueTask DisposeAsync() => await bus.DisposeAsync();

    [Fact]
    public void A_local_task_is_the_worker_s_beside_the_engine_for_one_lease()
    {
        See(self);

        var assigned = Local.Assign(run, ATask(), 7);

        Assert.Equal(("one-1", 7L), (assigned.Owner, assigned.Token));
        Assert.InRange(assigned.LeaseUntil - TimeProvider.System.GetUtcNow(), lease - TimeSpan.FromSeconds(10), lease);
    }

    [Fact]
    public void A_local_task_is_nobody_s_while_no_worker_takes_tasks() => Assert.Equal("", Local.Assign(run, ATask(), 7).Owner);

    [Fact]
    public void A_queued_task_is_nobody_s_until_it_is_claimed_and_may_wait_longer()
    {
        See(self);

        var assigned = Queued.Assign(run, ATask(), 7);

        Assert.Equal(("", 7L), (assigned.Owner, assigned.Token));
        Assert.True(assigned.LeaseUntil - TimeProvider.System.GetUtcNow() > lease * 2);
    }

    [Fact]
    public async Task A_queued_task_that_the_transport_does_not_take_comes_back()
    {
        See(self);
        var (assignment, task) = (Queued, Queued.Assign(run, ATask(), 7));
        var back = new TaskCompletionSource<PendingTask>();

        assignment.Send(task, Message(task), back.SetResult);

        Assert.Same(task, await back.Task.WaitAsync(EngineHarness.WaitLimit));
    }

    [Fact]
    public void Local_results_are_let_go_of_at_once()
    {
        Assert.True(Local.AcceptAsync([Result("a"), Result("b")], posts).IsCompletedSuccessfully);

        Assert.Equal(["a", "b"], posts.Results.Select(result => result.TaskToken.Path.Value));
    }

    [Fact]
    public async Task Queued_results_are_let_go_of_when_the_last_is_durable()
    {
        var accepting = Queued.AcceptAsync([Result("a"), Result("b")], posts);

        posts.Results[0].Answer(null);
        Assert.False(accepting.IsCompleted);
        posts.Results[1].Answer(null);

        await accepting.WaitAsync(EngineHarness.WaitLimit);
    }

    [Fact]
    public async Task Queued_results_come_again_when_one_of_them_could_not_be_written()
    {
        var accepting = Queued.AcceptAsync([Result("a"), Result("b")], posts);

        posts.Results[0].Fail(new IOException("the store is away"));
        posts.Results[1].Answer(null);

        await Assert.ThrowsAsync<InvalidOperationException>(() => accepting.WaitAsync(EngineHarness.WaitLimit));
    }

    private LocalAssignment Local => new(bus, map, TimeProvider.System, lease);

    private QueuedAssignment Queued => new(bus, map, TimeProvider.System, lease);

    private void See(ServerInfo server) => map.See(MembershipView.Empty with { Servers = [new ServerState(server, default, default, Draining: false)] });

    private static ExecuteTask ATask() => new(new StepPath("a"), 1, false, "test.echo", JsonSerializer.SerializeToElement(new { }), "key", Lane.Normal);

    private static TaskMessage Message(PendingTask task) => new(
        new TaskToken(task.Run, task.Task.Path, false, 1, task.Token), task.Owner, task.Run, task.Task.Activity, task.Task.Arguments, "key", Lane.Normal, 0, "op", task.LeaseUntil);

    private static ResultMessage Result(string step) => new(new TaskToken(run, new StepPath(step), false, 1, 7), null, null);

    private sealed class Posts : IRunRouter
    {
        public List<TaskResultRequest> Results { get; } = [];

        public void Post(RunId run, RunRequest mail) => Results.Add((TaskResultRequest)mail);

        public void Forward(RunId run, RunRequest mail) => throw new InvalidOperationException("Nothing is forwarded here.");
    }

    private sealed class RefusingTransport : ITransport
    {
        public bool IsDurable => true;

        public string? Unavailable => null;

        public Task StartAsync(IReadOnlyList<Subscription> subscriptions, CancellationToken cancellationToken) => Task.CompletedTask;

        public Task<IAsyncDisposable> ReceiveAsync(Subscription subscription, CancellationToken cancellationToken) => throw new InvalidOperationException("Nothing is read here.");

        public Task SendAsync(string queue, QueueKind kind, Envelope envelope, CancellationToken cancellationToken) => throw new IOException("The broker cannot be reached.");

        public Task StopReceivingAsync(QueueKind kind, CancellationToken cancellationToken) => Task.CompletedTask;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}

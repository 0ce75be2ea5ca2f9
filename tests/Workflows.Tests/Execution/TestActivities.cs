using System.Collections.Concurrent;
using System.Text.Json;
using Orchestrator.Workflows.Model.Activities;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Tests.Execution;

internal sealed record Execution(RunId Run, string Path, int Attempt, bool Undo, string Key, long FencingToken, CancellationToken Lost);

/// <summary>Where tests see what activities do, and hold them up.</summary>
internal sealed class ActivityControl
{
    private readonly ConcurrentDictionary<string, TaskCompletionSource> gates = new();
    private readonly System.Threading.Channels.Channel<Execution> begun = System.Threading.Channels.Channel.CreateUnbounded<Execution>();

    /// <summary>What child steps find, by name.</summary>
    public ConcurrentDictionary<string, Runbook> Children { get; } = new();

    public ConcurrentQueue<Execution> Executions { get; } = new();

    /// <summary>Attempts of <c>test.fail</c> that fail before one succeeds.</summary>
    public int Failures { get; set; }

    public void Begin(Execution execution)
    {
        Executions.Enqueue(execution);
        begun.Writer.TryWrite(execution);
    }

    /// <summary>The next execution that nobody awaited yet.</summary>
    public async Task<Execution> NextAsync() => await begun.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromMinutes(2));

    public void Open(string gate) => Gate(gate).TrySetResult();

    public Task PassAsync(string gate, CancellationToken cancellationToken) => Gate(gate).Task.WaitAsync(cancellationToken);

    private TaskCompletionSource Gate(string name) => gates.GetOrAdd(name, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));

    public static Execution Of(TaskContext context, CancellationToken lost) =>
        new(context.Run, context.Path.Value, context.Attempt, context.Undo, context.IdempotencyKey, context.FencingToken, lost);
}

internal sealed record EchoArguments(string Text);

internal sealed class EchoActivity(ActivityControl control) : IActivity<EchoArguments, EchoArguments>
{
    public Task<EchoArguments> ExecuteAsync(EchoArguments arguments, TaskContext context, CancellationToken cancellationToken)
    {
        control.Begin(ActivityControl.Of(context, cancellationToken));
        return Task.FromResult(arguments);
    }
}

internal sealed record GateArguments(string Gate);

internal sealed class GateActivity(ActivityControl control) : IActivity<GateArguments, GateArguments>
{
    public async Task<GateArguments> ExecuteAsync(GateArguments arguments, TaskContext context, CancellationToken cancellationToken)
    {
        control.Begin(ActivityControl.Of(context, cancellationToken));
        context.Progress(0.5, $"at {arguments.Gate}");
        await control.PassAsync(arguments.Gate, cancellationToken);
        return arguments;
    }
}

internal sealed record NoArguments;

internal sealed class FailActivity(ActivityControl control) : IActivity<NoArguments, NoArguments>
{
    public Task<NoArguments> ExecuteAsync(NoArguments arguments, TaskContext context, CancellationToken cancellationToken)
    {
        control.Begin(ActivityControl.Of(context, cancellationToken));
        return context.Attempt <= control.Failures ? throw new InvalidOperationException("the disk is on fire") : Task.FromResult(arguments);
    }
}

/// <summary>Records a fact, twice, and fails its first attempt after it.</summary>
internal sealed class FactActivity(ActivityControl control) : IActivity<NoArguments, FactResult>
{
    public async Task<FactResult> ExecuteAsync(NoArguments arguments, TaskContext context, CancellationToken cancellationToken)
    {
        control.Begin(ActivityControl.Of(context, cancellationToken));
        var known = context.Recorded.Count;
        await context.RecordAsync("seen", JsonSerializer.SerializeToElement(context.Attempt), cancellationToken);
        await context.RecordAsync("seen", JsonSerializer.SerializeToElement(99), cancellationToken);
        if (context.Attempt == 1) throw new ActivityFailedException("again", "The first attempt always fails.");

        var facts = new List<int>();
        await foreach (var fact in context.FactsAsync(cancellationToken)) facts.Add(fact.Fact.GetInt32());
        return new FactResult(known, [.. facts]);
    }
}

internal sealed record FactResult(int Known, int[] Facts);

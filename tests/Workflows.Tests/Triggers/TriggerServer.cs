using System.Collections.Immutable;
using System.Threading.Channels;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orchestrator.Workflows.Execution.Runs;
using Orchestrator.Workflows.Model.Values;
using Orchestrator.Workflows.Scheduling;
using Orchestrator.Workflows.Scheduling.Policy;
using Orchestrator.Workflows.Tests.Execution;

namespace Orchestrator.Workflows.Tests.Triggers;

/// <summary>A server that fires the triggers of an engine room's runbooks; several may share a room and a store.</summary>
internal sealed class TriggerServer : IAsyncDisposable
{
    private readonly ServiceProvider services;
    private readonly FireLog log = new();

    private TriggerServer(EngineHarness harness, Clocks clocks, Action<TriggerOptions> configure)
    {
        services = new ServiceCollection()
            .AddLogging(logging => logging.AddProvider(log))
            .AddSingleton(harness.Engine)
            .AddSingleton(clocks)
            .AddSingleton(new RunbookSource((name, _) => ValueTask.FromResult(harness.ActivityControl.Children.GetValueOrDefault(name)), text => harness.Read(text)))
            .AddSingleton(new TriggerSource(_ => ValueTask.FromResult(Fingerprint(harness)), _ => ValueTask.FromResult(new PublishedTriggers(
                [.. harness.ActivityControl.Children.Values.SelectMany(runbook => runbook.Triggers.Select(trigger => ScheduledTrigger.Of(runbook.Name, trigger)))], []))))
            .AddTriggers(options =>
            {
                options.Role = ScheduleRole.Fires;
                options.StartAfter = TimeSpan.Zero;
                options.ReloadInterval = TimeSpan.FromMilliseconds(100);
                configure(options);
            })
            .AddTriggerScheduler()
            .BuildServiceProvider();
    }

    public Schedules Schedules => services.GetRequiredService<Schedules>();

    public ScheduleAdmin Desk => services.GetRequiredService<ScheduleAdmin>();

    public TriggerFiring Firing => services.GetRequiredService<TriggerFiring>();

    public static async Task<TriggerServer> OpenAsync(EngineHarness harness, Clocks clocks, Action<TriggerOptions> configure)
    {
        var server = new TriggerServer(harness, clocks, configure);
        foreach (var hosted in server.services.GetServices<IHostedService>()) await hosted.StartAsync(CancellationToken.None);
        await server.log.WhenAsync("LogRunning");
        return server;
    }

    /// <summary>Makes the triggers known as a server does that dies before its scheduler starts.</summary>
    public static async Task RegisterAsync(EngineHarness harness, Clocks clocks, Action<TriggerOptions> configure)
    {
        var server = new TriggerServer(harness, clocks, configure);
        await server.Schedules.ListAsync(0, 0);
        await server.services.DisposeAsync();
    }

    /// <summary>The next fire that this server records, whatever its trigger.</summary>
    public async Task<IReadOnlyDictionary<string, object?>> WhenRecordedAsync() => await log.WhenAsync("LogFire");

    /// <summary>The next trigger that this server schedules.</summary>
    public async Task WhenScheduledAsync() => await log.WhenAsync("LogScheduled");

    public async Task<TriggerView> OnlyAsync() => Assert.Single(await Schedules.ListAsync(5, 50));

    public async ValueTask DisposeAsync()
    {
        foreach (var hosted in services.GetServices<IHostedService>().Reverse()) await hosted.StopAsync(CancellationToken.None);
        await services.DisposeAsync();
    }

    private static string Fingerprint(EngineHarness harness) => string.Join(',', harness.ActivityControl.Children.Values.Select(runbook => runbook.Digest).Order(StringComparer.Ordinal));
}

/// <summary>Waits for log entries by the name of their event: what a server says when it has done something is said after it.</summary>
internal sealed class FireLog : ILoggerProvider, ILogger
{
    private static readonly TimeSpan waitLimit = TimeSpan.FromMinutes(3);
    private readonly System.Collections.Concurrent.ConcurrentQueue<string> said = new();
    private readonly Channel<(string Name, IReadOnlyDictionary<string, object?> Values)> entries = Channel.CreateUnbounded<(string, IReadOnlyDictionary<string, object?>)>();
    private readonly List<(string Name, IReadOnlyDictionary<string, object?> Values)> passed = [];

    /// <summary>Each entry is awaited once, in order; those of other names stay for others.</summary>
    public async Task<IReadOnlyDictionary<string, object?>> WhenAsync(string name)
    {
        if (passed.FindIndex(entry => entry.Name == name) is >= 0 and var index)
        {
            var found = passed[index].Values;
            passed.RemoveAt(index);
            return found;
        }

        using var end = new CancellationTokenSource(waitLimit);
        try
        {
            while (true)
            {
                var entry = await entries.Reader.ReadAsync(end.Token);
                if (entry.Name == name) return entry.Values;
                passed.Add(entry);
            }
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"There was no {name} in {waitLimit}; the log says:\n{string.Join('\n', said)}");
        }
    }

    public ILogger CreateLogger(string categoryName) => this;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        said.Enqueue($"{logLevel} {formatter(state, exception)} {exception}");
        entries.Writer.TryWrite((eventId.Name ?? "", (state as IReadOnlyList<KeyValuePair<string, object?>> ?? []).GroupBy(pair => pair.Key).ToImmutableDictionary(pair => pair.Key, pair => pair.First().Value)));
    }

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public void Dispose()
    {
    }
}

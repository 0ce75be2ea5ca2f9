using System.Globalization;
using Orchestrator.Infra.Metrics;
using Orchestrator.Server.Configuration;
using Orchestrator.Server.Environments;
using Orchestrator.Server.Identity;
using Orchestrator.Workflows.Execution;

namespace Orchestrator.Server.Emergency;

/// <summary>
/// Triggers the approved plan when a condition on metrics has held for long enough; dry, it only says that it would. Every server looks: a plan that several of them trigger is one run.
/// A condition without an approved plan triggers nothing: people decide beforehand what comes down.
/// </summary>
internal sealed partial class AutomaticTrigger(
    Engine engine, EmergencyPlans plans, EmergencyTrigger trigger, IMetrics metrics, QuerySet queries, Settings settings, PromotionEnvironment environment, ILogger<AutomaticTrigger> logger)
    : BackgroundService
{
    /// <summary>A fast environment clock would measure without a pause.</summary>
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(250);

    private readonly AutomaticTriggerOptions _options = settings.Emergency.Automatic;
    private string? _unknown;

    /// <summary>The condition holds, and no plan is approved: it was said.</summary>
    private bool _waits;

    /// <summary>Whom the audit and the run name.</summary>
    public static Person Itself { get; } = Person.Parse("automatic-trigger")!;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (_options.Query is not { } asked || engine.ReadOnly) return;

        var query = queries.Find(asked) ?? asked;
        var condition = new TriggerCondition(_options);
        LogWatching(asked, _options.Dry);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var values = await MeasureAsync(query, stoppingToken);
                if (condition.Measure(environment.Time.GetUtcNow(), values) is not { } value)
                {
                    _waits = false;
                }
                else if (await TriggerAsync(asked, value, stoppingToken))
                {
                    condition.Triggered(environment.Time.GetUtcNow());
                }
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                LogFailed(exception.Message);
            }

            await Task.WhenAll(Task.Delay(_options.Interval, environment.Time, stoppingToken), Task.Delay(ShortestPause, TimeProvider.System, stoppingToken));
        }
    }

    private async Task<IReadOnlyCollection<double>> MeasureAsync(string query, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await metrics.QueryAsync(query, null, cancellationToken);
            Unknown(answer.Samples.IsEmpty ? "there is no such series" : null);
            return [.. answer.Samples.Select(sample => sample.Value)];
        }
        catch (MetricsException exception)
        {
            Unknown(exception.Message);
            return [];
        }
    }

    /// <summary>Says once that nothing is known, and once that something is again.</summary>
    private void Unknown(string? reason)
    {
        if (reason is not null && _unknown is null) LogUnknown(reason);
        _unknown = reason;
    }

    /// <summary>False: no plan is approved. As soon as one is while the condition holds, it is triggered.</summary>
    private async Task<bool> TriggerAsync(string asked, double value, CancellationToken cancellationToken)
    {
        var bound = _options.Above is { } above ? $"above {above.ToString(CultureInfo.InvariantCulture)}" : $"below {_options.Below!.Value.ToString(CultureInfo.InvariantCulture)}";
        var reason = string.Create(CultureInfo.InvariantCulture, $"{asked} has been {bound} for {_options.For.TotalSeconds:0} s, now {value:0.###}");
        await plans.RefreshAsync(cancellationToken);
        if (plans.Latest is not { } plan || trigger.State(plan) != "approved")
        {
            if (!_waits) LogNoPlan(reason);
            _waits = true;
            return false;
        }

        if (_options.Dry)
        {
            // Another server may have said so first, or somebody may have approved: once is enough.
            await plans.SuggestAsync(plan, Itself.Name, new EmergencySuggested(reason), trigger.Now, cancellationToken);
            LogDry(plan.Id, reason);
        }
        else if (await trigger.TriggerAutomaticallyAsync(plan.Id, reason, cancellationToken) is var (triggered, created) && created)
        {
            LogTriggered(plan.Id, reason, triggered.Run.ToString());
        }

        return true;
    }

    [LoggerMessage(EventId = 9085, Level = LogLevel.Information, Message = "The automatic emergency trigger watches {Query}; dry: {Dry}")]
    private partial void LogWatching(string query, bool dry);

    [LoggerMessage(EventId = 9086, Level = LogLevel.Warning, Message = "The automatic emergency trigger would trigger, and no plan is approved: {Reason}")]
    private partial void LogNoPlan(string reason);

    [LoggerMessage(EventId = 9087, Level = LogLevel.Warning, Message = "The automatic emergency trigger is dry, and would have triggered plan {Plan}: {Reason}")]
    private partial void LogDry(string plan, string reason);

    [LoggerMessage(EventId = 9088, Level = LogLevel.Warning, Message = "The automatic emergency trigger has triggered plan {Plan}: {Reason}; run {RunId}")]
    private partial void LogTriggered(string plan, string reason, string runId);

    [LoggerMessage(EventId = 9089, Level = LogLevel.Warning, Message = "The automatic emergency trigger knows nothing of its query for now: {Reason}")]
    private partial void LogUnknown(string reason);

    [LoggerMessage(EventId = 9090, Level = LogLevel.Error, Message = "The automatic emergency trigger failed, and tries again: {Reason}")]
    private partial void LogFailed(string reason);
}

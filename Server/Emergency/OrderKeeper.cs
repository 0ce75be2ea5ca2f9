using System.Collections.Immutable;
using System.Text.Json;
using Orchestrator.Fleet.Files;
using Orchestrator.Fleet.Units;
using Orchestrator.Infra.FastScaleDown;
using Orchestrator.Infra.Provisioning;
using Orchestrator.Infra.Provisioning.Stacks;
using Orchestrator.Server.Configuration;
using Orchestrator.Server.Environments;
using Orchestrator.Server.Files;
using Orchestrator.Server.FleetViews;
using Orchestrator.Server.Identity;
using Orchestrator.Workflows.Execution;

namespace Orchestrator.Server.Emergency;

/// <summary>
/// Keeps the approved plan on this server's disk, as it would be carried out now, for as long as it is good; and tells the journal of what was carried out from here while the store
/// was away. Every server does, so that any host of one will do.
/// </summary>
internal sealed partial class OrderKeeper(
    Engine engine, EmergencyPlans plans, EmergencyTrigger trigger, FleetViewer viewer, IStacks stacks, PromotionEnvironment environment, DataFolder data, Settings settings, ILogger<OrderKeeper> logger)
    : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private readonly OrderFolder _folder = new(data);
    private readonly Lazy<string> _fleet = new(() => FleetFileWriter.Write(environment.Fleet.Fleet));

    /// <summary>The order on disk, without the time that it is of.</summary>
    private string? _written;
    private string? _failure;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (engine.ReadOnly) return;

        using var timer = new PeriodicTimer(Interval, TimeProvider.System);
        do
        {
            try
            {
                await RecordAsync(stoppingToken);
                await KeepAsync(stoppingToken);
                _failure = null;
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                // With the store away this is what is to be expected; what is on the disk stays as it is.
                if (_failure != exception.Message) LogNotKept(exception.Message);
                _failure = exception.Message;
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task KeepAsync(CancellationToken cancellationToken)
    {
        await plans.RefreshAsync(cancellationToken);
        var plan = plans.Latest is { } latest && trigger.State(latest) == "approved" ? latest : null;
        foreach (var old in _folder.Plans.Where(id => id != plan?.Id))
        {
            _folder.Delete(old);
            _written = null;
        }

        if (plan is null) return;

        var order = await OrderAsync(plan, cancellationToken);
        var content = JsonSerializer.Serialize(order with { AsOf = default }, OrderJson.Default.KeptOrder);
        if (_written == content) return;

        _folder.Write(order);
        _written = content;
        LogKept(plan.Id, order.Order.Units.Length, order.Order.Clusters.Length);
    }

    private async Task<KeptOrder> OrderAsync(KeptPlan plan, CancellationToken cancellationToken)
    {
        var now = await trigger.NowAsync(plan, cancellationToken);
        var units = ImmutableArray.CreateBuilder<UnitOrder>();
        var view = await viewer.ReadAsync((projection, _) => projection.View, cancellationToken);
        foreach (var line in now.Lines.Where(line => line.Kind == "unit"))
        {
            if (!view.Units.TryGetValue(line.Id, out var unit)) continue;

            var group = unit.Kind == UnitKind.Cloud ? (await stacks.OutputsAsync(Path.GetFileName(StackPrograms.For(unit.Kind)), unit.Id, cancellationToken))?.GetValueOrDefault("hostGroup")?.ToString() : null;
            units.Add(new UnitOrder(unit.Id, unit.Kind, unit.Cluster, unit.Region, group, unit.Hosts));
        }

        return new KeptOrder(
            plan.Id, plan.Run.ToString(), plan.By, plan.Approvals, trigger.Confirm, trigger.ValidUntil(plan), settings.EmergencyRoles, trigger.Now, _fleet.Value, environment.Cloud,
            environment.Clock?.Anchor, new ScaleDownOrder(plan.Id, units.ToImmutable(), [.. now.Lines.Where(line => line.Kind == "cluster").Select(line => line.Id)]));
    }

    /// <summary>What was carried out from this host goes into the audit, and the plan's run is started: it finds nearly everything done, reads it back, and the journal and the units' states follow.</summary>
    private async Task RecordAsync(CancellationToken cancellationToken)
    {
        foreach (var id in _folder.Unrecorded)
        {
            if (_folder.ReadRecord(id) is not { } record) continue;

            await plans.RefreshAsync(cancellationToken);
            if (plans.Find(id) is null)
            {
                LogUnknown(id);
                continue;
            }

            await plans.CarriedOutAsync(id, record, trigger.Now, cancellationToken);
            await trigger.FollowAsync(Person.Parse($"{record.By}:{record.Role}") ?? throw new InvalidOperationException($"the record of plan {id} names nobody"), id, record.Reason, cancellationToken);
            _folder.MarkRecorded(id);
            LogRecorded(id, record.By, record.Actions.Length);
        }
    }

    [LoggerMessage(EventId = 9081, Level = LogLevel.Information, Message = "The approved emergency plan {Plan} is on disk with {Units} units and {Clusters} clusters")]
    private partial void LogKept(string plan, int units, int clusters);

    [LoggerMessage(EventId = 9082, Level = LogLevel.Warning, Message = "The emergency plan on disk is not brought up to date for now: {Reason}")]
    private partial void LogNotKept(string reason);

    [LoggerMessage(EventId = 9083, Level = LogLevel.Warning, Message = "The journal has what {By} carried out of the emergency plan {Plan} while the store was away: {Actions} parts")]
    private partial void LogRecorded(string plan, string by, int actions);

    [LoggerMessage(EventId = 9084, Level = LogLevel.Error, Message = "The data folder has a record of the emergency plan {Plan}, which the journal does not know; it is another journal's")]
    private partial void LogUnknown(string plan);
}

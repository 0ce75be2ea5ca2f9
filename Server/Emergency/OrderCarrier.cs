using System.Collections.Immutable;
using Orchestrator.Fleet.Clock;
using Orchestrator.Fleet.Files;
using Orchestrator.Infra.FastScaleDown;
using Orchestrator.Server.Configuration;
using Orchestrator.Server.Environments;
using Orchestrator.Server.Failures;
using Orchestrator.Server.Files;
using Orchestrator.Server.Identity;

namespace Orchestrator.Server.Emergency;

/// <summary>Carries an approved plan out from a server's disk, with neither server, store nor bus. It needs the settings that the server has: addresses and credentials.</summary>
internal sealed class OrderCarrier(Settings settings, DataFolder data)
{
    private readonly OrderFolder _folder = new(data);

    /// <summary>The order of a plan; null: this folder has none. Throws <see cref="CommandException"/> for one that is not its own.</summary>
    public KeptOrder? Find(string plan) => _folder.Read(plan);

    /// <summary>Plans whose orders are here.</summary>
    public IReadOnlyList<string> Plans => _folder.Plans;

    /// <summary>Each part as it ends. Throws <see cref="CommandException"/> before anything is done when the person may not, or the order is not good any more.</summary>
    public async Task<ImmutableArray<ScaleDownAction>> CarryOutAsync(KeptOrder order, Person person, string confirm, string reason, Action<ScaleDownAction> ended, CancellationToken cancellationToken)
    {
        var now = order.Clock is { } anchor ? new EnvironmentClock(anchor).GetUtcNow() : TimeProvider.System.GetUtcNow();
        Check(order, person, confirm, now);
        var fleet = FleetFileReader.Read("the order's fleet file", order.Fleet).Value ?? throw CommandException.NotReachable("the fleet file in the order does not read; it was written by another version");
        var environment = new PromotionEnvironment(order.Clock is null ? null : new EnvironmentClock(order.Clock), order.Cloud, EnvironmentOrigin.Elsewhere, new FleetFile(fleet, "the order's fleet file"));
        var services = new ServiceCollection().AddSingleton(fleet).AddWorld(settings, environment, data, port: 0);
        if (environment.Clock is { } clock) services.AddSingleton(clock);
        await using var provider = services.BuildServiceProvider();
        var scaleDown = provider.GetRequiredService<ScaleDown>();
        using var record = _folder.Record(new CarriedOut(order.Plan, person.Name, person.Roles.First(order.Roles.Contains), reason, now));
        var actions = ImmutableArray.CreateBuilder<ScaleDownAction>();
        await foreach (var action in scaleDown.CarryOutAsync(order.Order, cancellationToken))
        {
            record.Write(action);
            actions.Add(action);
            ended(action);
        }

        return actions.ToImmutable();
    }

    private static void Check(KeptOrder order, Person person, string confirm, DateTimeOffset now)
    {
        if (!person.Roles.Any(order.Roles.Contains))
        {
            throw new CommandException(ExitCode.NotAllowed, $"{person.Name} has none of the roles {string.Join(", ", order.Roles)}; say who you are with --as USER:ROLE");
        }

        if (confirm != order.Confirm) throw CommandException.BadInput($"--confirm: type the fleet's name, {order.Confirm}; this was '{confirm}'");

        if (now >= order.ValidUntil) throw new CommandException(ExitCode.NotAllowed, $"plan {order.Plan} was good until {order.ValidUntil.UtcDateTime:yyyy-MM-dd HH:mm} UTC; nothing was done");
    }
}

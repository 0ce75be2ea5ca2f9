using System.Collections.Immutable;
using Orchestrator.Fleet.Clock;
using Orchestrator.Infra.Alibaba;
using Orchestrator.Infra.Alibaba.Calling;
using Orchestrator.Infra.Alibaba.Products;

namespace Orchestrator.Infra.Scaling;

/// <summary>Where the machines of a cloud unit are: an auto scaling group, whose instances serve behind a server group of a load balancer.</summary>
/// <param name="Group">Id of the scaling group, as <c>asg-bp1…</c>.</param>
/// <param name="Servers">Id of the server group, as <c>sgp-…</c>.</param>
public sealed record HostGroup(string Region, string Group, string Servers);

/// <summary>Takes single machines out of a group. Throws <see cref="ApiException"/> for what the cloud refuses. Safe to repeat: what is gone stays gone.</summary>
public sealed class HostGroups(AlibabaCloud cloud, EnvironmentClock environmentClock)
{
    /// <summary>Instances that one RemoveInstances takes.</summary>
    private const int LargestRemoval = 20;

    /// <summary>Servers that one UpdateServerGroupServersAttribute takes.</summary>
    private const int LargestUpdate = 40;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(20);

    /// <summary>Ids of the instances in service, the newest last; ids rise with time within a region only by chance, so the cloud's own order is kept.</summary>
    public async Task<ImmutableArray<string>> ListAsync(HostGroup group, CancellationToken cancellationToken)
    {
        var ids = ImmutableArray.CreateBuilder<string>();
        await foreach (var instance in cloud.Ess(group.Region).ListInstancesAsync(group.Group, cancellationToken))
        {
            if (instance.LifecycleState == "InService") ids.Add(instance.InstanceId);
        }

        return ids.ToImmutable();
    }

    /// <summary>Gives machines no new requests; those under way go on.</summary>
    public async Task DrainAsync(HostGroup group, IReadOnlyCollection<string> hosts, string idempotencyKey, CancellationToken cancellationToken)
    {
        var alb = cloud.Alb(group.Region);
        var draining = new List<ServerGroupServer>();
        await foreach (var server in alb.ListServersAsync(group.Servers, cancellationToken))
        {
            if (hosts.Contains(server.ServerId) && server.Weight != 0) draining.Add(new ServerGroupServer(server.ServerId, server.ServerType, server.Port, 0));
        }

        foreach (var part in draining.Chunk(LargestUpdate))
        {
            await alb.UpdateServersAsync(group.Servers, [.. part], Token(idempotencyKey, "drain", part[0].ServerId), cancellationToken);
        }
    }

    /// <summary>Removes and releases machines, and waits until they are gone. The number that the group wants falls with them.</summary>
    /// <param name="removed">Told how many are gone so far.</param>
    public async Task RemoveAsync(HostGroup group, IReadOnlyCollection<string> hosts, string idempotencyKey, Action<int> removed, CancellationToken cancellationToken)
    {
        var ess = cloud.Ess(group.Region);
        var gone = 0;
        foreach (var part in hosts.Chunk(LargestRemoval))
        {
            while (true)
            {
                var left = new HashSet<string>(StringComparer.Ordinal);
                await foreach (var instance in ess.ListInstancesAsync(group.Group, cancellationToken))
                {
                    if (part.Contains(instance.InstanceId)) left.Add(instance.InstanceId);
                }

                if (left.Count == 0) break;

                try
                {
                    // One activity of a group at a time; a repetition with the same token and hosts is the same removal.
                    await ess.RemoveInstancesAsync(group.Group, [.. part.Where(left.Contains)], Token(idempotencyKey, "remove", $"{part[0]}/{left.Count}"), cancellationToken);
                }
                catch (ApiException busy) when (busy.Kind is ApiErrorKind.Busy)
                {
                    // Its last activity is under way: the removal that was asked for, or another.
                }

                await WaitAsync(cancellationToken);
            }

            gone += part.Length;
            removed(gone);
        }
    }

    /// <summary>Tells a group to have no hosts, now and until it is told otherwise. Returns when the cloud has taken it; the hosts go by themselves.</summary>
    public Task EmptyAsync(string region, string group, CancellationToken cancellationToken) =>
        cloud.Ess(region).ModifyScalingGroupAsync(new ModifyScalingGroupRequest(group) { MinSize = 0, DesiredCapacity = 0 }, cancellationToken);

    private Task WaitAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(Task.Delay(Pause, environmentClock, cancellationToken), Task.Delay(ShortestPause, TimeProvider.System, cancellationToken));

    /// <summary>Client tokens have at most 64 characters.</summary>
    private static string Token(string key, string what, string which) =>
        Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes($"{key}/{what}/{which}")))[..32];
}

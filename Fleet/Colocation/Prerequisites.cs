using System.Collections.Immutable;

namespace Orchestrator.Fleet.Colocation;

/// <summary>What of Koordinator a profile rests on. Pure.</summary>
public static class Prerequisites
{
    /// <summary>From it on <c>batchCPUThresholdPercent</c>, <c>batchMemoryThresholdPercent</c> and <c>cpuSuppressMinPercent</c> exist; an older one passes over them.</summary>
    public static Version LeastKoordinator { get; } = new(1, 7);

    /// <summary>Carries all of memory QoS.</summary>
    public const string MemoryGate = "CgroupReconcile";

    /// <summary>Carries the network classes.</summary>
    public const string NetworkGate = "TCNetworkQoS";

    /// <summary>Evicts batch from a node whose memory is fuller than a profile's <c>memoryEvictThresholdPercent</c>.</summary>
    public const string MemoryEvictGate = "BEMemoryEvict";

    /// <summary>Gates of koordlet that must be on, each with what of the profile does nothing without it. Both are off on a default install. Kills are the shift's own and need no gate.</summary>
    public static ImmutableArray<(string Gate, string Carries)> Gates(Profile profile)
    {
        var gates = ImmutableArray.CreateBuilder<(string, string)>();
        if (profile.Online is { MinLimitPercent: > 0 } or { LowLimitPercent: > 0 } || profile.Batch is { ThrottlingPercent: > 0 })
        {
            gates.Add((MemoryGate, "its memory QoS"));
        }

        if (profile.Online is { NetworkRequest: > 0 } or { NetworkLimit: < 100 } || profile.Batch is { NetworkRequest: > 0 } or { NetworkLimit: < 100 })
        {
            gates.Add((NetworkGate, "its network classes"));
        }

        return gates.ToImmutable();
    }
}

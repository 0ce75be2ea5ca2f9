using System.Text.Json.Serialization;

namespace Orchestrator.Simulator.Faults;

// Properties are settable: generated JSON reading leaves a missing init-only property null instead of its default.

/// <summary>What goes wrong on some routes. Shares are percent of the requests, 0 to 100, each drawn for itself.</summary>
public sealed record FaultRule
{
    /// <summary>
    /// Path with <c>*</c> for any characters, such as <c>/clusters/*/api/v1/nodes*</c>; a call of the OpenAPI has the path <c>/openapi/ecs/RunInstances</c>. Default <c>*</c>: every
    /// route but <c>/sim</c>.
    /// </summary>
    public string Route { get; set; } = "*";

    /// <summary>HTTP methods; empty (the default) means all.</summary>
    public IReadOnlyList<string> Methods { get; set; } = [];

    /// <summary>Added to each request, on the system clock.</summary>
    public double LatencyMilliseconds { get; set; }

    /// <summary>Answered with 429 and Retry-After 1, of the OpenAPI with 400 <c>Throttling.User</c> and <c>x-acs-retry-after</c> 1000; nothing done.</summary>
    public double ThrottlePercent { get; set; }

    /// <summary>Answered with 503, nothing done.</summary>
    public double ErrorPercent { get; set; }

    /// <summary>Done, and then the connection breaks before the answer.</summary>
    public double LostAnswerPercent { get; set; }

    /// <summary>How many requests the rule lets pass before it spoils any: with <see cref="Times"/> 1 and 100 percent it is the next one that is spoilt. Default 0.</summary>
    public int Skip { get; set; }

    /// <summary>How many requests the rule may still spoil; null (the default) means without end. Latency does not count.</summary>
    public int? Times { get; set; }
}

/// <summary>A condition of a node that is true.</summary>
public sealed record NodeCondition
{
    /// <summary>As <c>cluster/node</c>.</summary>
    public string Node { get; set; } = "";

    /// <summary>Such as <c>KernelDeadlock</c>, <c>ReadonlyFilesystem</c> or <c>MemoryPressure</c>.</summary>
    public string Type { get; set; } = "";

    public string Reason { get; set; } = "";
}

/// <summary>Everything that goes wrong now.</summary>
public sealed record FaultPlan
{
    public IReadOnlyList<FaultRule> Rules { get; set; } = [];

    /// <summary>Nodes that report no more, as <c>cluster/node</c>; Ready turns Unknown 40 s (night) later. Taken off the list they come back.</summary>
    public IReadOnlyList<string> DeadNodes { get; set; } = [];

    /// <summary>Nodes whose koordlet reports no more while their kubelet goes on, as <c>cluster/node</c>: their NodeMetric stays as it is. Taken off the list they report again.</summary>
    public IReadOnlyList<string> SilentKoordlets { get; set; } = [];

    /// <summary>Conditions that are true of nodes, as node-problem-detector finds them. Taken off the list they are gone.</summary>
    public IReadOnlyList<NodeCondition> Conditions { get; set; } = [];

    /// <summary>Begins the draws anew; null takes the cloud's seed.</summary>
    public int? Seed { get; set; }

    [JsonIgnore]
    public static FaultPlan None { get; } = new();
}

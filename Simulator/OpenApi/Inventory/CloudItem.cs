using System.Text.Json.Nodes;
using Orchestrator.Simulator.Endpoints;

namespace Orchestrator.Simulator.OpenApi.Inventory;

/// <summary>The kinds of things in the inventory, by the beginning of their ids.</summary>
internal static class ItemKind
{
    public const string Vpc = "vpc";
    public const string VSwitch = "vsw";
    public const string SecurityGroup = "sg";
    public const string ScalingGroup = "asg";
    public const string ScalingConfiguration = "asc";
    public const string ScalingActivity = "asa";
    public const string ServerGroup = "sgp";
    public const string LoadBalancer = "alb";
    public const string Listener = "lsn";
    public const string Rule = "rule";
    public const string Database = "rm";
    public const string Cache = "r";
    public const string Cluster = "c";
    public const string NodePool = "np";
    public const string Task = "T";
    public const string Emr = "emr";
    public const string EmrGroup = "ng";
}

/// <summary>
/// A thing in the inventory. What it is doing follows from the environment clock alone: it is being made until it is ready, being changed until it
/// is settled, being deleted until it is gone.
/// </summary>
/// <param name="Properties">What its calls said of it. Changed only by replacing the item.</param>
internal sealed record CloudItem(string Id, string Kind, string Region, string Name, JsonObject Properties, DateTimeOffset CreatedAt, DateTimeOffset ReadyAt)
{
    public DateTimeOffset? GoneAt { get; init; }

    /// <summary>Until when a change is under way; null: none ever was.</summary>
    public DateTimeOffset? SettledAt { get; init; }

    public HttpEndpoint? Http { get; init; }

    public TcpEndpoint? Tcp { get; init; }

    public bool IsCreating(DateTimeOffset now) => GoneAt is null && ReadyAt > now;

    public bool IsDeleting => GoneAt is not null;

    public bool IsChanging(DateTimeOffset now) => GoneAt is null && ReadyAt <= now && SettledAt > now;

    /// <summary>There, and not being made or deleted; a change under way does not count.</summary>
    public bool IsReady(DateTimeOffset now) => GoneAt is null && ReadyAt <= now;

    public bool IsGone(DateTimeOffset now) => GoneAt <= now;

    /// <summary>The first word that holds: of creating, changing, deleting, or being ready.</summary>
    public string Status(DateTimeOffset now, string creating, string ready, string changing, string deleting) =>
        IsDeleting ? deleting : IsCreating(now) ? creating : IsChanging(now) ? changing : ready;

    public string? Text(string name) => Properties[name] is JsonValue value ? value.ToString() : null;

    public CloudItem With(string name, JsonNode? value)
    {
        var properties = Properties.DeepClone().AsObject();
        properties[name] = value;
        return this with { Properties = properties };
    }
}

/// <summary>A rented machine.</summary>
/// <param name="Owner">The scaling group, node pool or group of an EMR cluster that made it; empty: a call did.</param>
/// <param name="ReadyAt">When it runs.</param>
internal sealed record Machine(
    string Id, string Region, string Zone, MachineType Type, string Vpc, string VSwitch, string Address, string Name, string Owner, string Image, string SecurityGroup, DateTimeOffset CreatedAt, DateTimeOffset ReadyAt)
{
    public string? Configuration { get; init; }

    public JsonArray Tags { get; init; } = [];

    public DateTimeOffset? StopsAt { get; init; }

    public DateTimeOffset? GoneAt { get; init; }

    /// <summary>Stopped and not charged for: it holds no stock.</summary>
    public bool Economical { get; init; }

    public bool IsGone(DateTimeOffset now) => GoneAt <= now;

    public bool IsRunning(DateTimeOffset now) => GoneAt is null && StopsAt is null && ReadyAt <= now;

    public string Status(DateTimeOffset now) =>
        GoneAt is not null ? "Stopping"
        : StopsAt is { } stops ? stops <= now ? "Stopped" : "Stopping"
        : ReadyAt <= now ? "Running"
        : now - CreatedAt < (ReadyAt - CreatedAt) / 3 ? "Pending" : "Starting";
}

/// <param name="Cores">Virtual.</param>
/// <param name="MemoryGiB">Of one machine.</param>
internal sealed record MachineType(string Id, string Family, int Cores, double MemoryGiB);

/// <summary>A server in a server group.</summary>
/// <param name="ReadyAt">When it gets requests.</param>
internal sealed record GroupServer(string ServerId, string Type, int Port, int Weight, DateTimeOffset ReadyAt)
{
    /// <summary>Until when a change of its weight is under way.</summary>
    public DateTimeOffset? SettledAt { get; init; }

    public string? Description { get; init; }
}

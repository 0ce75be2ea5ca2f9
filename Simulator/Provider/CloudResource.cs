using System.Text.Json.Nodes;
using Orchestrator.Simulator.Endpoints;

namespace Orchestrator.Simulator.Provider;

/// <summary>One resource. Its status follows from the night's time: creating until it is ready, deleting until it is gone.</summary>
internal sealed record CloudResource(string Id, ResourceType Type, string Name, JsonObject Inputs, string ClientToken, DateTimeOffset CreatedAt, DateTimeOffset ReadyAt)
{
    public DateTimeOffset? GoneAt { get; init; }

    /// <summary>Machines that ran before the change that is under way; 0 while it is being created.</summary>
    public int HostsBefore { get; init; }

    /// <summary>Machines that are wanted.</summary>
    public int Hosts => Type.HostsOf(Inputs);

    public int HostsReady(DateTimeOffset now) => IsReady(now) ? Hosts : Math.Min(Hosts, HostsBefore);

    public HttpEndpoint? Http { get; init; }

    public TcpEndpoint? Tcp { get; init; }

    public bool IsReady(DateTimeOffset now) => GoneAt is null && ReadyAt <= now;

    public bool IsGone(DateTimeOffset now) => GoneAt <= now;

    public string Status(DateTimeOffset now) => IsGone(now) ? "deleted" : GoneAt is not null ? "deleting" : ReadyAt <= now ? "ready" : "creating";

    /// <summary>The inputs as they hold, and what the cloud adds to them; endpoints only once the resource is ready.</summary>
    public JsonObject Outputs(DateTimeOffset now)
    {
        var outputs = Inputs.DeepClone().AsObject();
        outputs["id"] = Id;
        outputs["status"] = IsReady(now) ? "Available" : "Pending";
        if (!IsReady(now))
        {
            return outputs;
        }

        switch (Type.Endpoint)
        {
            case EndpointKind.Http:
                outputs["dnsName"] = "127.0.0.1";
                outputs["port"] = Http!.Port;
                break;
            case EndpointKind.Database:
                outputs["connectionString"] = "127.0.0.1";
                outputs["port"] = Tcp!.Port.ToString(System.Globalization.CultureInfo.InvariantCulture);
                break;
            case EndpointKind.Cache:
                outputs["connectionDomain"] = "127.0.0.1";
                outputs["port"] = Tcp!.Port.ToString(System.Globalization.CultureInfo.InvariantCulture);
                break;
        }

        switch (Type.IdPrefix)
        {
            case "np":
                outputs["nodePoolId"] = Id;
                outputs["scalingGroupId"] = "asg-of-" + Id;
                break;
            case "c":
                outputs["connections"] = new JsonObject { ["apiServerIntranet"] = $"https://{Id}.simulated.invalid:6443" };
                break;
        }

        return outputs;
    }

    public JsonObject ToBody(DateTimeOffset now) => new()
    {
        ["id"] = Id,
        ["type"] = Type.Token,
        ["name"] = Name,
        ["status"] = Status(now),
        ["clientToken"] = ClientToken,
        ["createdAt"] = CreatedAt,
        ["inputs"] = Inputs.DeepClone(),
        ["outputs"] = Outputs(now),
        ["simulated"] = true,
    };

    /// <summary>Every text in the inputs: a resource refers to another by having its id among them.</summary>
    public IEnumerable<string> Texts() => TextsIn(Inputs);

    public bool RefersTo(string id) => Texts().Contains(id);

    public static IEnumerable<string> TextsIn(JsonNode? node) => node switch
    {
        JsonObject map => map.SelectMany(pair => TextsIn(pair.Value)),
        JsonArray list => list.SelectMany(TextsIn),
        JsonValue value when value.TryGetValue(out string? text) => [text],
        _ => [],
    };
}

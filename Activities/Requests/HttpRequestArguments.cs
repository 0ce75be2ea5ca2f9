using System.Collections.Immutable;
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;

namespace Orchestrator.Activities.Requests;

/// <summary>An HTTP request.</summary>
public sealed record HttpRequestArguments
{
    [Description("Where to, with http:// or https://.")]
    public required string Url { get; init; }

    [Description("GET, HEAD, POST, PUT, PATCH or DELETE.")]
    [RegularExpression("^(GET|HEAD|POST|PUT|PATCH|DELETE)$")]
    public string Method { get; init; } = "GET";

    [Description("Headers. A secret is written {secret:name}, after its name in the server's settings.")]
    public ImmutableSortedDictionary<string, string> Headers { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    [Description("The body: a text is sent as it is, anything else as JSON.")]
    public JsonElement? Body { get; init; }

    [Description("Statuses that are good. Empty: 200 to 299.")]
    public ImmutableArray<int> Expect { get; init; } = [];

    [Description("How long the answer may take, in real time.")]
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);
}

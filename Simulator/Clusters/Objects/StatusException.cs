using System.Globalization;
using System.Text.Json.Nodes;

namespace Orchestrator.Simulator.Clusters.Objects;

/// <summary>Ends a request with a Kubernetes <c>Status</c> object.</summary>
internal sealed class StatusException(int code, string reason, string message, JsonObject? details = null) : Exception(message)
{
    public int Code => code;

    public string Reason => reason;

    /// <summary>Seconds the client is told to wait; null for none.</summary>
    public int? RetryAfter { get; init; }

    public static StatusException NotFound(ResourceKind kind, string name) =>
        new(404, "NotFound", $"{kind.Qualified} \"{name}\" not found", Details(kind, name));

    public static StatusException UnknownPath() => new(404, "NotFound", "the server could not find the requested resource");

    public static StatusException AlreadyExists(ResourceKind kind, string name) =>
        new(409, "AlreadyExists", $"{kind.Qualified} \"{name}\" already exists", Details(kind, name));

    public static StatusException Conflict(ResourceKind kind, string name) =>
        new(409, "Conflict", $"Operation cannot be fulfilled on {kind.Qualified} \"{name}\": the object has been modified; please apply your changes to the latest version and try again", Details(kind, name));

    public static StatusException Precondition(ResourceKind kind, string name, string message) =>
        new(409, "Conflict", $"Operation cannot be fulfilled on {kind.Qualified} \"{name}\": the {message}", Details(kind, name));

    public static StatusException BadRequest(string message) => new(400, "BadRequest", message);

    public static StatusException Invalid(ResourceKind kind, string name, string message)
    {
        // A message has the form "field: problem", of which a Status makes a cause.
        var at = message.IndexOf(": ", StringComparison.Ordinal);
        var cause = new JsonObject { ["reason"] = message.Contains("Required value", StringComparison.Ordinal) ? "FieldValueRequired" : "FieldValueInvalid", ["message"] = at < 0 ? message : message[(at + 2)..] };
        if (at > 0)
        {
            cause["field"] = message[..at];
        }

        var details = new JsonObject { ["name"] = name, ["group"] = kind.Group, ["kind"] = kind.Kind, ["causes"] = new JsonArray(cause) };
        return new(422, "Invalid", $"{(kind.Group.Length == 0 ? kind.Kind : $"{kind.Kind}.{kind.Group}")} \"{name}\" is invalid: {message}", details);
    }

    public static StatusException NotAcceptable() =>
        new(406, "NotAcceptable", "only the following media types are accepted: application/json, application/json;as=Table;v=v1;g=meta.k8s.io, application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io");

    /// <summary>A version that the cluster has not come to yet.</summary>
    public static StatusException TooLargeVersion(long asked, long current) => new(
        504,
        "Timeout",
        string.Create(CultureInfo.InvariantCulture, $"Too large resource version: {asked}, current: {current}"),
        new JsonObject { ["causes"] = new JsonArray(new JsonObject { ["reason"] = "ResourceVersionTooLarge", ["message"] = "Too large resource version" }) }) { RetryAfter = 1 };

    public static StatusException MethodNotAllowed() => new(405, "MethodNotAllowed", "the server does not allow this method on the requested resource");

    public static StatusException UnsupportedMediaType(string mediaType) =>
        new(415, "UnsupportedMediaType", $"the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/strategic-merge-patch+json, application/apply-patch+yaml; got '{mediaType}'");

    public static StatusException UnsupportedBody(string mediaType) =>
        new(415, "UnsupportedMediaType", $"the body of the request was in an unknown format - accepted media types include: application/json, application/yaml; got '{mediaType}'");

    /// <summary>The history that the client wants to go on from is no longer kept: it lists again.</summary>
    public static StatusException Expired(string message) => new(410, "Expired", message);

    public JsonObject ToBody()
    {
        var body = new JsonObject
        {
            ["kind"] = "Status",
            ["apiVersion"] = "v1",
            ["metadata"] = new JsonObject(),
            ["status"] = "Failure",
            ["message"] = Message,
            ["reason"] = reason,
            ["code"] = code,
        };
        var told = details?.DeepClone().AsObject();
        if (RetryAfter is { } seconds)
        {
            told ??= [];
            told["retryAfterSeconds"] = seconds;
        }

        if (told is not null)
        {
            body["details"] = told;
        }

        return body;
    }

    private static JsonObject Details(ResourceKind kind, string name) => new() { ["name"] = name, ["group"] = kind.Group, ["kind"] = kind.Plural };
}

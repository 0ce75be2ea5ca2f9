using System.Text.Json.Nodes;
using Orchestrator.Infra.Clusters;
using Orchestrator.Workflows.Model.Activities;

namespace Orchestrator.Activities.Kubernetes;

/// <summary>Waits over watches until objects are as they should be.</summary>
internal static class ObjectWait
{
    /// <exception cref="ActivityFailedException"><c>bad-argument</c>.</exception>
    public static void Check(KubernetesWait wait)
    {
        var diagnostic = wait switch
        {
            { Condition: null, JsonPath: null } or { Condition: not null, JsonPath: not null } => "waitFor: give either a condition, as in Ready, or a jsonPath, as in .status.phase",
            { JsonPath: { } path } when !ObjectPath.IsValid(path) => $"waitFor: '{path}' is no path of fields, indices and filters by equality, as in .status.conditions[?(@.type==\"Ready\")].status",
            { Deadline: var deadline } when deadline <= TimeSpan.Zero => "waitFor: the deadline must be longer than zero",
            _ => null,
        };
        if (diagnostic is not null)
        {
            throw new ActivityFailedException("bad-argument", diagnostic, retryable: false);
        }
    }

    /// <summary>Whether the wait is for this object.</summary>
    public static bool Chooses(KubernetesWait wait, ObjectName name) =>
        wait.Of.Length == 0 || string.Equals(wait.Of, name.Kind, StringComparison.OrdinalIgnoreCase) || string.Equals(wait.Of, $"{name.Kind}/{name.Name}", StringComparison.OrdinalIgnoreCase);

    /// <exception cref="ActivityFailedException"><c>not-met</c>: the deadline is over; the message tells what was seen last.</exception>
    public static async Task UntilAsync(ClusterObjects objects, IReadOnlyList<ObjectName> names, KubernetesWait wait, TaskContext context, CancellationToken cancellationToken)
    {
        using var over = new CancellationTokenSource(wait.Deadline, context.Clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, over.Token);
        foreach (var name in names)
        {
            JsonObject? last = null;
            try
            {
                await ClusterCalls.CallAsync(name.ToString(), async () =>
                {
                    await foreach (var seen in objects.FollowAsync(name, either.Token))
                    {
                        last = seen;
                        context.Progress(null, $"{name}: {Seen(seen, wait)}");
                        if (seen is not null && Holds(seen, wait))
                        {
                            return true;
                        }
                    }

                    return false;
                });
            }
            catch (OperationCanceledException) when (over.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
            {
                throw new ActivityFailedException("not-met", $"{name} is not as it should be after {wait.Deadline}: {Seen(last, wait)}. Find out what holds it up (its conditions and events tell), then try again.");
            }
        }
    }

    private static bool Holds(JsonObject seen, KubernetesWait wait)
    {
        if (wait.JsonPath is { } path)
        {
            var found = ObjectPath.Find(seen, path);
            return found.Count > 0 && (wait.Value is null || found.Any(value => value.ToString() == wait.Value));
        }

        // A status of an older generation speaks of another object.
        var generation = ClusterCalls.Text(seen, "metadata", "generation");
        var observed = ClusterCalls.Text(seen, "status", "observedGeneration");
        return (observed is null || generation is null || observed == generation)
            && Conditions(seen).Any(condition => Is(condition, "type", wait.Condition!) && Is(condition, "status", wait.Status)
                && (condition["observedGeneration"] is not { } of || generation is null || of.ToString() == generation));
    }

    private static string Seen(JsonObject? seen, KubernetesWait wait)
    {
        if (seen is null)
        {
            return "it is not there";
        }

        if (wait.JsonPath is { } path)
        {
            var found = ObjectPath.Find(seen, path);
            return found.Count == 0 ? $"{path} is not there" : $"{path} is {ClusterText.Shorten(string.Join(", ", found.Select(value => value.ToString())))}";
        }

        var conditions = Conditions(seen).Select(condition =>
            $"{condition["type"]}={condition["status"]}{(condition["reason"] is { } reason ? $" ({reason}{(condition["message"]?.ToString() is { Length: > 0 } message ? ": " + ClusterText.Shorten(message) : "")})" : "")}").ToList();
        return conditions.Count == 0 ? "it has no conditions yet" : string.Join(", ", conditions);
    }

    private static IEnumerable<JsonObject> Conditions(JsonObject seen) => (seen["status"]?["conditions"] as JsonArray ?? []).OfType<JsonObject>();

    private static bool Is(JsonObject condition, string field, string value) => string.Equals(condition[field]?.ToString(), value, StringComparison.OrdinalIgnoreCase);
}

internal static class ClusterText
{
    public static string Shorten(string text) => text.Length <= 300 ? text : text[..300] + "…";
}

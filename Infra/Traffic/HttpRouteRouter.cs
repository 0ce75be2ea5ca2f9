using System.Collections.Immutable;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using k8s;
using k8s.Autorest;
using k8s.Models;
using Orchestrator.Infra.Clusters;
using Orchestrator.Infra.Settings;

namespace Orchestrator.Infra.Traffic;

/// <summary>
/// Divides the traffic by the weights of an HTTPRoute's backends. It writes by server-side apply as field manager <c>orchestrator</c>, with the resource
/// version that it decided on; in force is what every gateway of the route says it has accepted and resolved in the route's present generation.
/// </summary>
internal sealed class HttpRouteRouter(ClusterConnection connection, TrafficOptions options, BackendNames names) : ITrafficRouter
{
    private const int Tries = 8;

    public string Target { get; } = $"HTTPRoute {options.Namespace}/{options.Route} of cluster {connection.Cluster}";

    public async Task<RoutedWeights> ReadAsync(CancellationToken cancellationToken)
    {
        var route = await GetAsync(cancellationToken);
        return route.Status switch
        {
            RouteStatus.InForce inForce => new RoutedWeights(route.Weights, inForce.Stage, route.Source),
            RouteStatus.Pending pending => new RoutedWeights(route.Weights, RoutingStage.Requested, route.Source) { Pending = pending.What },
            RouteStatus.Refused refused => new RoutedWeights(route.Weights, RoutingStage.Requested, route.Source) { Pending = refused.What },
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }

    public async Task SwitchAsync(TrafficChange change, CancellationToken cancellationToken)
    {
        change.Check();
        for (var attempt = 1; ; attempt++)
        {
            var route = await GetAsync(cancellationToken);
            if (Shares.Equal(route.Weights, change.To))
            {
                return;
            }

            if (!Shares.Equal(route.Weights, change.From))
            {
                throw Changed(route.Weights, change);
            }

            try
            {
                await ApplyAsync(options.Route, route.Patch(change.To, change.IdempotencyKey), options.ForceConflicts, cancellationToken);
                return;
            }
            catch (HttpOperationException e) when (e.Response.StatusCode == HttpStatusCode.Conflict)
            {
                if (ManagersOf(e.Response.Content) is { IsEmpty: false } managers)
                {
                    throw new TrafficException(
                        TrafficErrorKind.FieldConflict, Target, $"its rules are owned by field manager {string.Join(" and ", managers)}",
                        "Let that manager leave spec.rules out of what it applies, or set Infra:Traffic:ForceConflicts to take them over.", e) { Managers = managers };
                }

                // Its status changed, or somebody else wrote it, or this is our own write whose answer was lost: only the route can tell.
                if (attempt == Tries)
                {
                    throw new TrafficException(TrafficErrorKind.ChangedMeanwhile, Target, $"it was changed by others during each of {Tries} tries", "Find who writes it, then try again.", e);
                }
            }
            catch (HttpOperationException e)
            {
                throw new TrafficException(
                    TrafficErrorKind.Unusable, Target, $"the API server refuses the new weights with {(int)e.Response.StatusCode}: {ClusterConnection.Shorten(StatusText.Message(e.Response.Content))}", "Correct what the message names.", e);
            }
            catch (TrafficException e) when (e.EffectUnknown)
            {
                // No answer does not mean no effect: the route tells, where it can be read.
                if (!await IsThereAsync(change, cancellationToken))
                {
                    throw;
                }

                return;
            }
        }
    }

    public async Task<RoutedWeights> WaitAsync(TrafficChange change, CancellationToken cancellationToken)
    {
        var polling = new Polling(connection.EnvironmentClock, connection.SystemClock, options.ObservedWithin);
        while (true)
        {
            var route = await GetAsync(cancellationToken);
            if (!Shares.Equal(route.Weights, change.To))
            {
                throw Changed(route.Weights, change);
            }

            switch (route.Status)
            {
                case RouteStatus.InForce inForce:
                    return new RoutedWeights(route.Weights, inForce.Stage, route.Source);
                case RouteStatus.Refused refused:
                    throw new TrafficException(refused.Kind, Target, refused.What, refused.Fix) { Reason = refused.Reason, Written = true };
                case RouteStatus.Pending pending when !await polling.NextAsync(cancellationToken):
                    throw new TrafficException(TrafficErrorKind.NotObserved, Target, $"{pending.What}, within {options.ObservedWithin:c}", pending.Fix) { Written = true };
            }
        }
    }

    public async Task MarkAsync(MarkedTraffic marked, CancellationToken cancellationToken)
    {
        marked.Check();
        var name = MarkedHttpRoute.NameOf(options.Route, marked.Name);
        var wanted = MarkedHttpRoute.Of(await GetAsync(cancellationToken), Target, options.Namespace, options.Route, marked);
        try
        {
            // Nobody else writes a route of this name: whatever stands in it is of an earlier attempt.
            await ApplyAsync(name, wanted, force: true, cancellationToken);
        }
        catch (HttpOperationException e)
        {
            throw new TrafficException(
                TrafficErrorKind.Unusable, Target, $"the API server refuses the route {name} for marked requests with {(int)e.Response.StatusCode}: {ClusterConnection.Shorten(StatusText.Message(e.Response.Content))}", "Correct what the message names.", e);
        }

        var polling = new Polling(connection.EnvironmentClock, connection.SystemClock, options.ObservedWithin);
        while (true)
        {
            var route = await FindAsync(name, cancellationToken)
                ?? throw new TrafficException(TrafficErrorKind.ChangedMeanwhile, Target, $"the route {name} for marked requests was deleted as soon as it was made", "Find who deletes it, then try again.");
            switch (RouteStatus.Of(route))
            {
                case RouteStatus.InForce:
                    return;
                case RouteStatus.Refused refused:
                    throw new TrafficException(refused.Kind, Target, $"the route {name} for marked requests: {refused.What}", refused.Fix) { Reason = refused.Reason };
                case RouteStatus.Pending pending when !await polling.NextAsync(cancellationToken):
                    throw new TrafficException(TrafficErrorKind.NotObserved, Target, $"the route {name} for marked requests: {pending.What}, within {options.ObservedWithin:c}", pending.Fix);
            }
        }
    }

    public async Task UnmarkAsync(string name, CancellationToken cancellationToken)
    {
        var polling = new Polling(connection.EnvironmentClock, connection.SystemClock, options.ObservedWithin);
        name = MarkedHttpRoute.NameOf(options.Route, name);
        while (await FindAsync(name, cancellationToken) is not null)
        {
            try
            {
                await CallAsync(
                    client => client.CustomObjects.DeleteNamespacedCustomObjectAsync(HttpRoute.Group, HttpRoute.Version, options.Namespace, HttpRoute.Plural, name, cancellationToken: cancellationToken), "delete", writes: true);
            }
            catch (HttpOperationException e) when (e.Response.StatusCode == HttpStatusCode.NotFound)
            {
                return;
            }

            if (!await polling.NextAsync(cancellationToken))
            {
                throw new TrafficException(TrafficErrorKind.NotObserved, Target, $"the route {name} for marked requests is still there after {options.ObservedWithin:c}", "Look at its finalizers, and delete it by hand.");
            }
        }
    }

    private TrafficException Changed(ImmutableDictionary<string, int> found, TrafficChange change) => new(
        TrafficErrorKind.ChangedMeanwhile, Target, $"it has {Shares.Show(found)} where {Shares.Show(change.From)} should be replaced by {Shares.Show(change.To)}",
        "Somebody else changes the weights: find who, then try again.");

    private async Task<bool> IsThereAsync(TrafficChange change, CancellationToken cancellationToken)
    {
        try
        {
            return Shares.Equal((await GetAsync(cancellationToken)).Weights, change.To);
        }
        catch (TrafficException)
        {
            return false;
        }
    }

    private async Task<HttpRoute> GetAsync(CancellationToken cancellationToken)
    {
        try
        {
            var body = await CallAsync(
                client => client.CustomObjects.GetNamespacedCustomObjectAsync(HttpRoute.Group, HttpRoute.Version, options.Namespace, HttpRoute.Plural, options.Route, cancellationToken), "get", writes: false);
            return HttpRoute.Of(Target, AsObject(body), names, options.Rule);
        }
        catch (InvalidOperationException e)
        {
            throw new TrafficException(TrafficErrorKind.Unusable, Target, $"it has not the shape of an HTTPRoute: {e.Message}", "Check what stands between here and the cluster's API server.", e);
        }
        catch (HttpOperationException e)
        {
            throw e.Response.StatusCode == HttpStatusCode.NotFound
                ? new TrafficException(
                    TrafficErrorKind.NoSuchRoute, Target, "it is not there, or the cluster has no Gateway API",
                    "Make it, with a backend for home, or correct Infra:Traffic:Cluster, Namespace and Route; kubectl get crd httproutes.gateway.networking.k8s.io tells whether the Gateway API is installed.", e)
                : new TrafficException(TrafficErrorKind.Unusable, Target, $"the API server answers {(int)e.Response.StatusCode}: {ClusterConnection.Shorten(StatusText.Message(e.Response.Content))}", "Correct what the message names.", e);
        }
    }

    private async Task<JsonObject?> FindAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            return AsObject(await CallAsync(
                client => client.CustomObjects.GetNamespacedCustomObjectAsync(HttpRoute.Group, HttpRoute.Version, options.Namespace, HttpRoute.Plural, name, cancellationToken), "get", writes: false));
        }
        catch (HttpOperationException e) when (e.Response.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    private Task<object> ApplyAsync(string route, JsonObject patch, bool force, CancellationToken cancellationToken) =>
        CallAsync(
            client => client.CustomObjects.PatchNamespacedCustomObjectAsync(
                new V1Patch(patch.ToJsonString(), V1Patch.PatchType.ApplyPatch), HttpRoute.Group, HttpRoute.Version, options.Namespace, HttpRoute.Plural, route,
                fieldManager: ClusterConnection.FieldManager,
                force: force,
                cancellationToken: cancellationToken),
            "patch",
            writes: true);

    private async Task<object> CallAsync(Func<IKubernetes, Task<object>> call, string verb, bool writes)
    {
        try
        {
            return await connection.CallAsync(call);
        }
        catch (ClusterDeniedException e)
        {
            throw new TrafficException(TrafficErrorKind.Denied, Target, e.Message, $"Ask whoever runs {e.By} to allow it, or change the route as it wants.", e);
        }
        catch (ClusterUnreachableException e)
        {
            var status = (e.InnerException as HttpOperationException)?.Response.StatusCode;
            throw status switch
            {
                HttpStatusCode.Forbidden => new TrafficException(
                    TrafficErrorKind.Denied, Target, e.Message, $"Allow {verb} on httproutes.{HttpRoute.Group} in namespace {options.Namespace} by a Role for the credentials of Infra:Clusters:{connection.Cluster}.", e),
                HttpStatusCode.Unauthorized => new TrafficException(TrafficErrorKind.Denied, Target, e.Message, $"Renew the credentials of Infra:Clusters:{connection.Cluster}.", e),
                HttpStatusCode.TooManyRequests => new TrafficException(TrafficErrorKind.Throttled, Target, e.Message, "The API server is busy: try again later.", e),
                _ => new TrafficException(TrafficErrorKind.Unreachable, Target, e.Message, "Check the cluster's API server and the way to it, then try again.", e) { EffectUnknown = writes },
            };
        }
        catch (JsonException e)
        {
            throw new TrafficException(TrafficErrorKind.Unreachable, Target, $"the answer is no JSON: {e.Message}", "Check what stands between here and the cluster's API server.", e) { EffectUnknown = writes };
        }
    }

    private JsonObject AsObject(object body) =>
        body is JsonElement { ValueKind: JsonValueKind.Object } element
            ? JsonObject.Create(element)!
            : throw new TrafficException(TrafficErrorKind.Unusable, Target, "the API server's answer is no object", "Check what stands between here and the cluster's API server.");

    /// <summary>Who owns what was to be applied, as the Status names them; empty for a conflict of versions.</summary>
    private static ImmutableArray<string> ManagersOf(string? content)
    {
        var causes = StatusText.Parse(content)?["details"]?["causes"] as JsonArray ?? [];
        return
        [
            .. causes.OfType<JsonObject>()
                .Where(cause => cause["reason"]?.ToString() == "FieldManagerConflict")
                .Select(cause => cause["message"]?.ToString() ?? "")
                .Select(message => message.Split('"') is [_, var manager, ..] ? manager : message)
                .Distinct()
                .Order(StringComparer.Ordinal),
        ];
    }
}

using System.Globalization;
using Microsoft.AspNetCore.Http;
using Orchestrator.Simulator.Clusters.Objects;

namespace Orchestrator.Simulator.Clusters;

/// <summary>The <c>log</c> subresource of a pod: what its container has written, and with <c>follow</c> what it will.</summary>
internal sealed class PodLog(SimulatedCluster cluster, TimeProvider systemClock)
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(50);

    public async Task WriteAsync(HttpContext context, StoredObject pod)
    {
        var container = RequestBody.Query(context, "container");
        var named = pod.Parse()["spec"]?["containers"]?[0]?["name"]?.ToString();
        if (container is { Length: > 0 } && container != named)
        {
            throw StatusException.BadRequest($"container {container} is not valid for pod {pod.Key.Name}");
        }

        var lines = cluster.Runs.Log(pod, cluster.EnvironmentClock.GetUtcNow());
        var tail = int.TryParse(RequestBody.Query(context, "tailLines"), CultureInfo.InvariantCulture, out var wanted) ? wanted : int.MaxValue;
        var stamped = RequestBody.Flag(context, "timestamps");
        context.Response.ContentType = "text/plain";
        foreach (var line in lines.Skip(Math.Max(0, lines.Count - tail)))
        {
            await context.Response.WriteAsync(Text(line, stamped), context.RequestAborted);
        }

        if (!RequestBody.Flag(context, "follow"))
        {
            return;
        }

        await context.Response.Body.FlushAsync(context.RequestAborted);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, cluster.Stopping);
        try
        {
            for (var written = lines.Count; cluster.Runs.Find(pod.Key) is { } run;)
            {
                var now = cluster.EnvironmentClock.GetUtcNow();
                foreach (var line in cluster.Runs.Log(pod, now).Skip(written))
                {
                    written++;
                    await context.Response.WriteAsync(Text(line, stamped), either.Token);
                    await context.Response.Body.FlushAsync(either.Token);
                }

                if (run.HasEnded(now))
                {
                    return;
                }

                await Task.Delay(PollInterval, systemClock, either.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // The client left, or the cloud stops.
        }
    }

    private static string Text((DateTimeOffset At, string Text) line, bool stamped) => stamped ? $"{line.At.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'} {line.Text}\n" : line.Text + "\n";
}

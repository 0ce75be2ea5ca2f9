using System.Diagnostics;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Orchestrator.Servers;
using Orchestrator.Workflows.Model.Bus;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.Values;
using Orchestrator.Workflows.Transport.Rabbit;

namespace Orchestrator.Bench;

/// <summary>
/// Envelopes of one and of a hundred tasks over a RabbitMQ of the bench's own, through the engine's transport and through the
/// bare client with the same queue, confirms and acknowledgements: what the transport costs on top.
/// </summary>
internal static class BusBench
{
    private const int Lanes = 32;
    private const int Rounds = 5;
    private const int RoundTrips = 500;

    public static async Task<Figure> MeasureAsync()
    {
        await using var server = await RabbitServer.StartAsync(virtualHosts: 2);
        Figure? figure = null;
        var more = new Dictionary<string, object>();
        var loads = new (string Name, Envelope Envelope)[] { ("1", Tasks(1)), ("100", Tasks(100)) };
        foreach (var bare in new[] { false, true })
        {
            await using IEnvelopeWay way = bare
                ? await BareClientWay.OpenAsync(server.Uri(await server.TakeVirtualHostAsync()), Lanes)
                : await TransportWay.OpenAsync(server.Uri(await server.TakeVirtualHostAsync()), Lanes);
            foreach (var (size, envelope) in loads)
            {
                var prefix = bare ? $"bareClient{size}" : $"transport{size}";
                await RoundAsync(way, envelope, TimeSpan.FromSeconds(4));
                var (rates, envelopes, cpu, allocated) = (new List<double>(), 0L, Environment.CpuUsage.TotalTime, GC.GetTotalAllocatedBytes());
                for (var round = 0; round < Rounds; round++)
                {
                    var (count, seconds) = await RoundAsync(way, envelope, TimeSpan.FromSeconds(2));
                    rates.Add(count / seconds);
                    envelopes += count;
                }

                more[$"{prefix}EnvelopesPerSecond"] = Math.Round(Figure.Median(rates));
                more[$"{prefix}CpuMicrosecondsPerEnvelope"] = Math.Round((Environment.CpuUsage.TotalTime - cpu).TotalMicroseconds / envelopes, 1);
                more[$"{prefix}AllocatedBytesPerEnvelope"] = (GC.GetTotalAllocatedBytes() - allocated) / envelopes;
                var trips = await RoundTripsAsync(way, envelope);
                more[$"{prefix}RoundTripP50Ms"] = Math.Round(trips[trips.Count / 2], 3);
                more[$"{prefix}RoundTripP99Ms"] = Math.Round(trips[trips.Count * 99 / 100], 3);
                if (!bare && size == "100") figure = Figure.Of("bus-rabbit", "messages/s", rates.Select(rate => 100 * rate));
            }
        }

        figure!.More["lanes"] = Lanes;
        foreach (var (size, envelope) in loads) figure.More[$"envelopeBytes{size}"] = envelope.Content.Length;
        foreach (var (key, value) in more) figure.More[key] = value;
        return figure;
    }

    /// <summary>As many as the lanes can send, each waiting for the broker's word before the next; ends when all are handled.</summary>
    private static async Task<(long Envelopes, double Seconds)> RoundAsync(IEnvelopeWay way, Envelope envelope, TimeSpan length)
    {
        var (begun, handled, sent, closed) = (Stopwatch.GetTimestamp(), 0L, 0L, false);
        var over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        way.Handled = () =>
        {
            if (Interlocked.Increment(ref handled) == Interlocked.Read(ref sent) && Volatile.Read(ref closed)) over.TrySetResult();
        };
        await Task.WhenAll(Enumerable.Range(0, Lanes).Select(_ => Task.Run(async () =>
        {
            while (Stopwatch.GetElapsedTime(begun) < length)
            {
                await way.SendAsync(envelope);
                Interlocked.Increment(ref sent);
            }
        })));
        Volatile.Write(ref closed, true);
        if (Interlocked.Read(ref handled) != sent) await over.Task;
        return (sent, Stopwatch.GetElapsedTime(begun).TotalSeconds);
    }

    /// <summary>From before one is sent until it is with its handler, one after the other; in milliseconds, sorted.</summary>
    private static async Task<List<double>> RoundTripsAsync(IEnvelopeWay way, Envelope envelope)
    {
        var took = new List<double>();
        for (var trip = 0; trip < RoundTrips; trip++)
        {
            var there = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
            way.Handled = () => there.TrySetResult(Stopwatch.GetTimestamp());
            var begun = Stopwatch.GetTimestamp();
            var sending = way.SendAsync(envelope);
            took.Add(Stopwatch.GetElapsedTime(begun, await there.Task).TotalMilliseconds);
            await sending;
        }

        took.Sort();
        return took;
    }

    private static Envelope Tasks(int count)
    {
        var at = TimeProvider.System.GetUtcNow();
        var arguments = JsonElement.Parse("""{"cluster":"hz-batch-a","to":"transitional","waves":["1%","10%","50%","100%"]}""");
        return new EnvelopeWriter().Pack<TaskMessage>([.. Enumerable.Range(0, count).Select(number =>
        {
            var run = RunId.New(at);
            return new TaskMessage(new TaskToken(run, new StepPath($"lend/{number}/shift"), false, 1, 1), "", run, "cluster.shift", arguments, $"{run}/{number}", Lane.Normal, 1, "alice", at);
        })]);
    }
}

/// <summary>A way for envelopes to one queue and out of it again.</summary>
internal interface IEnvelopeWay : IAsyncDisposable
{
    /// <summary>Called for each envelope that comes out.</summary>
    Action Handled { set; }

    Task SendAsync(Envelope envelope);
}

internal sealed class TransportWay(RabbitTransport transport) : IEnvelopeWay
{
    private const string Queue = "orchestrator-tasks-normal";

    public Action Handled { private get; set; } = static () => { };

    public static async Task<TransportWay> OpenAsync(Uri uri, int envelopes)
    {
        if (!BrokerAddress.TryParse(uri.AbsoluteUri, out var address, out var diagnostic)) throw new ArgumentException(diagnostic);
        var way = new TransportWay(new RabbitTransport(address, "bench", NullLoggerFactory.Instance, TimeProvider.System));
        await way.StartAsync(envelopes);
        return way;
    }

    public Task SendAsync(Envelope envelope) => transport.SendAsync(Queue, QueueKind.Shared, envelope, CancellationToken.None);

    public ValueTask DisposeAsync() => transport.DisposeAsync();

    private Task StartAsync(int envelopes) => transport.StartAsync(
    [
        new Subscription(Queue, QueueKind.Shared, (_, _) =>
        {
            Handled();
            return Task.CompletedTask;
        }, envelopes),
    ], CancellationToken.None);
}

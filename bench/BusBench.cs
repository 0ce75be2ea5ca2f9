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
/// Parcels of one and of a hundred tasks over a RabbitMQ of the bench's own, through the engine's transport and through the
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
        var loads = new (string Name, Parcel Parcel)[] { ("1", Tasks(1)), ("100", Tasks(100)) };
        foreach (var bare in new[] { false, true })
        {
            await using IParcelWay way = bare
                ? await BareClientWay.OpenAsync(server.Uri(await server.TakeVirtualHostAsync()), Lanes)
                : await TransportWay.OpenAsync(server.Uri(await server.TakeVirtualHostAsync()), Lanes);
            foreach (var (size, parcel) in loads)
            {
                var prefix = bare ? $"bareClient{size}" : $"transport{size}";
                await RoundAsync(way, parcel, TimeSpan.FromSeconds(4));
                var (rates, parcels, cpu, allocated) = (new List<double>(), 0L, Environment.CpuUsage.TotalTime, GC.GetTotalAllocatedBytes());
                for (var round = 0; round < Rounds; round++)
                {
                    var (count, seconds) = await RoundAsync(way, parcel, TimeSpan.FromSeconds(2));
                    rates.Add(count / seconds);
                    parcels += count;
                }

                more[$"{prefix}ParcelsPerSecond"] = Math.Round(Figure.Median(rates));
                more[$"{prefix}CpuMicrosecondsPerParcel"] = Math.Round((Environment.CpuUsage.TotalTime - cpu).TotalMicroseconds / parcels, 1);
                more[$"{prefix}AllocatedBytesPerParcel"] = (GC.GetTotalAllocatedBytes() - allocated) / parcels;
                var trips = await RoundTripsAsync(way, parcel);
                more[$"{prefix}RoundTripP50Ms"] = Math.Round(trips[trips.Count / 2], 3);
                more[$"{prefix}RoundTripP99Ms"] = Math.Round(trips[trips.Count * 99 / 100], 3);
                if (!bare && size == "100") figure = Figure.Of("bus-rabbit", "messages/s", rates.Select(rate => 100 * rate));
            }
        }

        figure!.More["lanes"] = Lanes;
        foreach (var (size, parcel) in loads) figure.More[$"parcelBytes{size}"] = parcel.Content.Length;
        foreach (var (key, value) in more) figure.More[key] = value;
        return figure;
    }

    /// <summary>As many as the lanes can send, each waiting for the broker's word before the next; ends when all are handled.</summary>
    private static async Task<(long Parcels, double Seconds)> RoundAsync(IParcelWay way, Parcel parcel, TimeSpan length)
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
                await way.SendAsync(parcel);
                Interlocked.Increment(ref sent);
            }
        })));
        Volatile.Write(ref closed, true);
        if (Interlocked.Read(ref handled) != sent) await over.Task;
        return (sent, Stopwatch.GetElapsedTime(begun).TotalSeconds);
    }

    /// <summary>From before one is sent until it is with its handler, one after the other; in milliseconds, sorted.</summary>
    private static async Task<List<double>> RoundTripsAsync(IParcelWay way, Parcel parcel)
    {
        var took = new List<double>();
        for (var trip = 0; trip < RoundTrips; trip++)
        {
            var there = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
            way.Handled = () => there.TrySetResult(Stopwatch.GetTimestamp());
            var begun = Stopwatch.GetTimestamp();
            var sending = way.SendAsync(parcel);
            took.Add(Stopwatch.GetElapsedTime(begun, await there.Task).TotalMilliseconds);
            await sending;
        }

        took.Sort();
        return took;
    }

    private static Parcel Tasks(int count)
    {
        var at = TimeProvider.System.GetUtcNow();
        var arguments = JsonElement.Parse("""{"cluster":"hz-batch-a","to":"transitional","waves":["1%","10%","50%","100%"]}""");
        return new ParcelWriter().Pack<TaskMessage>([.. Enumerable.Range(0, count).Select(number =>
        {
            var run = RunId.New(at);
            return new TaskMessage(new TaskStamp(run, new StepPath($"lend/{number}/shift"), false, 1, 1), "", run, "cluster.shift", arguments, $"{run}/{number}", Lane.Normal, 1, "alice", at);
        })]);
    }
}

/// <summary>A way for parcels to one queue and out of it again.</summary>
internal interface IParcelWay : IAsyncDisposable
{
    /// <summary>Called for each parcel that comes out.</summary>
    Action Handled { set; }

    Task SendAsync(Parcel parcel);
}

internal sealed class TransportWay(RabbitTransport transport) : IParcelWay
{
    private const string Queue = "orchestrator-tasks-normal";

    public Action Handled { private get; set; } = static () => { };

    public static async Task<TransportWay> OpenAsync(Uri uri, int parcels)
    {
        if (!BrokerAddress.TryParse(uri.AbsoluteUri, out var address, out var problem)) throw new ArgumentException(problem);
        var way = new TransportWay(new RabbitTransport(address, "bench", NullLoggerFactory.Instance, TimeProvider.System));
        await way.StartAsync(parcels);
        return way;
    }

    public Task SendAsync(Parcel parcel) => transport.SendAsync(Queue, QueueKind.Shared, parcel, CancellationToken.None);

    public ValueTask DisposeAsync() => transport.DisposeAsync();

    private Task StartAsync(int parcels) => transport.StartAsync(
    [
        new Inlet(Queue, QueueKind.Shared, (_, _) =>
        {
            Handled();
            return Task.CompletedTask;
        }, parcels),
    ], CancellationToken.None);
}

using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Threading.Channels;
using MassTransit;
using Microsoft.Extensions.Logging;

namespace Orchestrator.Workflows.Bus;

/// <summary>
/// The way to one queue. While a parcel is on its way the next messages gather and go together: one a parcel when
/// there is little to do, hundreds under load. Posting never blocks; what cannot be sent is lost here and found by the sweep.
/// </summary>
internal sealed partial class Outlet<T> : IAsyncDisposable
{
    private const int MostInParcel = 500;

    private readonly Channel<T> waiting = Channel.CreateUnbounded<T>(new UnboundedChannelOptions { SingleReader = true });
    private readonly JsonTypeInfo<List<T>> json = (JsonTypeInfo<List<T>>)BusJson.Default.GetTypeInfo(typeof(List<T>))!;
    private readonly string queue;
    private readonly ILogger logger;
    private readonly Task sending;

    public Outlet(ISendEndpoint endpoint, string queue, ILogger logger)
    {
        this.queue = queue;
        this.logger = logger;
        sending = Task.Run(() => SendAsync(endpoint));
    }

    public void Post(T message) => waiting.Writer.TryWrite(message);

    public async ValueTask DisposeAsync()
    {
        waiting.Writer.TryComplete();
        await sending;
    }

    private async Task SendAsync(ISendEndpoint endpoint)
    {
        var parcel = new List<T>();
        while (await waiting.Reader.WaitToReadAsync())
        {
            parcel.Clear();
            while (parcel.Count < MostInParcel && waiting.Reader.TryRead(out var message)) parcel.Add(message);
            try
            {
                await endpoint.Send(new Parcel(JsonSerializer.SerializeToUtf8Bytes(parcel, json)));
            }
            catch (Exception error)
            {
                LogLost(error, parcel.Count, queue);
            }
        }
    }

    [LoggerMessage(LogLevel.Warning, "{Count} messages to {Queue} could not be sent; the sweep will send again what matters")]
    private partial void LogLost(Exception error, int count, string queue);
}

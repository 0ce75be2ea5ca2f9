using System.Net;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Orchestrator.Infra.Provisioning.Cli;

/// <summary>The gRPC server that one operation sends its events to, on a free port of the loopback address. One an operation: an event does not say whose it is.</summary>
internal sealed class EventServer : IEventChannel
{
    private readonly WebApplication _server;

    private EventServer(WebApplication server) => _server = server;

    public string Address
    {
        get
        {
            var bound = _server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
            return $"tcp://127.0.0.1:{new Uri(bound).Port}";
        }
    }

    /// <param name="onLine">Called with each event's JSON, one at a time.</param>
    public static async Task<EventServer> StartAsync(Action<string> onLine, CancellationToken cancellationToken)
    {
        // Empty: no configuration of ours or of the environment reaches it.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0, endpoint => endpoint.Protocols = HttpProtocols.Http2);
            // A resource may take an hour without an event.
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MaxRequestBodySize = null;
        });
        builder.Services.AddRoutingCore().AddGrpc(options => options.MaxReceiveMessageSize = LargestEvent);
        builder.Services.AddSingleton(new Receiver(onLine));
        var server = builder.Build();
        server.MapGrpcService<Receiver>();
        await server.StartAsync(cancellationToken);
        return new EventServer(server);
    }

    /// <summary>The executable ends only after its stream was answered, so nothing is left to come.</summary>
    public Task DrainAsync() => Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        using var atOnce = new CancellationTokenSource();
        await atOnce.CancelAsync();
        await _server.StopAsync(atOnce.Token);
        await _server.DisposeAsync();
    }

    /// <summary>A resource's whole state is in its events.</summary>
    private const int LargestEvent = 64 * 1024 * 1024;

    private sealed class Receiver(Action<string> onLine) : Events.EventsBase
    {
        private readonly Lock _gate = new();

        public override async Task<Empty> StreamEvents(IAsyncStreamReader<EventRequest> requestStream, ServerCallContext context)
        {
            try
            {
                await foreach (var request in requestStream.ReadAllAsync(context.CancellationToken))
                {
                    lock (_gate)
                    {
                        onLine(request.Event);
                    }
                }
            }
            catch (Exception exception) when (exception is IOException or OperationCanceledException or RpcException)
            {
                // The process died, or was stopped hard: what it sent before counts, its exit code says the rest.
            }

            return new Empty();
        }
    }
}

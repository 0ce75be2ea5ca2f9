using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Orchestrator.Faults.Tests.Rig;

/// <param name="Key">The idempotency key.</param>
/// <param name="Gate">What the step holds a lock on; null: nothing.</param>
internal sealed record Effect(string Run, string Step, string Key, string? Gate);

/// <summary>The outside world of these tests: it applies each idempotency key once, as a webhook's receiver should, and writes down what came.</summary>
internal sealed class EffectsReceiver : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly ConcurrentDictionary<string, Effect> _applied = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Effect> _gates = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> _overlaps = new();
    private int _received;

    private EffectsReceiver(WebApplication application) => _application = application;

    public Uri Address => new(new Uri(_application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()), "effects");

    public IReadOnlyCollection<Effect> Applied => [.. _applied.Values];

    /// <summary>Effects whose lock another run's effect held at that moment.</summary>
    public IReadOnlyCollection<string> Overlaps => [.. _overlaps];

    /// <summary>With the repetitions, that an attempt which was cut off before its answer must make.</summary>
    public int Received => Volatile.Read(ref _received);

    public static async Task<EffectsReceiver> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var application = builder.Build();
        var receiver = new EffectsReceiver(application);
        application.Run(receiver.ReceiveAsync);
        await application.StartAsync();
        return receiver;
    }

    public int Count => _applied.Count;

    public async ValueTask DisposeAsync()
    {
        await _application.StopAsync();
        await _application.DisposeAsync();
    }

    private async Task ReceiveAsync(HttpContext context)
    {
        Interlocked.Increment(ref _received);
        using var body = await JsonDocument.ParseAsync(context.Request.Body);
        var key = context.Request.Headers["Idempotency-Key"].ToString();
        var gate = body.RootElement.GetProperty("detail") is { ValueKind: JsonValueKind.String } detail ? detail.GetString() : null;
        var effect = new Effect(body.RootElement.GetProperty("run").GetString()!, body.RootElement.GetProperty("step").GetString()!, key, gate);
        if (!_applied.TryAdd(key, effect) || gate is null)
        {
            return;
        }

        if (!_gates.TryAdd(gate, effect))
        {
            _overlaps.Enqueue($"{effect} while {_gates.GetValueOrDefault(gate)}");
            return;
        }

        // Long enough for another one to come in, if anything lets it.
        await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
        _gates.TryRemove(gate, out _);
    }
}

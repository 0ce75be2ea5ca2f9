using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Orchestrator.Infra.Provisioning.Providers;

namespace Orchestrator.Infra.Tests.Provisioning;

/// <summary>Thrown where the process is meant to die: no engine catches it.</summary>
internal sealed class ProcessKilledException : Exception;

/// <summary>A cloud in memory that keeps to the provider contract, and logs what happened in what order.</summary>
internal sealed class FakeProvider : ResourceProvider
{
    private readonly ConcurrentDictionary<string, string> _tokens = [];
    private int _last;
    private int _atOnce;

    public ConcurrentDictionary<string, JsonObject> Live { get; } = [];

    public ConcurrentQueue<string> Log { get; } = [];

    public int MostAtOnce { get; private set; }

    /// <summary>What a resource shows besides its id, of its inputs.</summary>
    public Func<JsonObject, JsonObject> Outputs { get; set; } = _ => [];

    /// <summary>Called after an effect and before its answer; may throw.</summary>
    public Action<string, string>? AfterEffect { get; set; }

    public override async Task<ProviderResource> CreateAsync(string type, string name, JsonObject inputs, string clientToken, CancellationToken cancellationToken)
    {
        lock (Log)
        {
            MostAtOnce = Math.Max(MostAtOnce, ++_atOnce);
        }

        await Task.Yield();
        var id = _tokens.GetOrAdd(clientToken, _ =>
        {
            var made = $"{name}#{Interlocked.Increment(ref _last)}";
            Live[made] = inputs.DeepClone().AsObject();
            Log.Enqueue($"create {name}");
            return made;
        });
        lock (Log)
        {
            _atOnce--;
        }

        AfterEffect?.Invoke("create", name);
        return new ProviderResource(id, Ready: true, Shown(id));
    }

    public override Task<ProviderResource?> ReadAsync(string type, string id, CancellationToken cancellationToken) =>
        Task.FromResult(Live.ContainsKey(id) ? new ProviderResource(id, Ready: true, Shown(id)) : null);

    public override Task<ProviderResource> UpdateAsync(string type, string id, JsonObject before, JsonObject inputs, string clientToken, CancellationToken cancellationToken)
    {
        if (_tokens.TryAdd(clientToken, id))
        {
            Live[id] = inputs.DeepClone().AsObject();
            Log.Enqueue($"update {id.Split('#')[0]}");
        }

        AfterEffect?.Invoke("update", id);
        return Task.FromResult(new ProviderResource(id, Ready: true, Shown(id)));
    }

    public override Task DeleteAsync(string type, string id, JsonObject inputs, string clientToken, CancellationToken cancellationToken)
    {
        if (Live.TryRemove(id, out _))
        {
            Log.Enqueue($"delete {id.Split('#')[0]}");
        }

        AfterEffect?.Invoke("delete", id.Split('#')[0]);
        return Task.CompletedTask;
    }

    private JsonObject Shown(string id)
    {
        var shown = Outputs(Live.GetValueOrDefault(id) ?? []);
        shown["routerId"] ??= id;
        return shown;
    }
}

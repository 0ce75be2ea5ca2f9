using System.Text.Json;

namespace Orchestrator.Simulator.Effects;

/// <summary>One thing that truly changed in the simulated cloud because somebody asked for it.</summary>
/// <param name="Seq">From 1, without gaps.</param>
/// <param name="At">On the environment clock.</param>
/// <param name="Kind">One of <see cref="EffectKind"/>.</param>
/// <param name="Target">What changed, such as <c>hz-batch-a/node-0001</c>.</param>
/// <param name="Key">The idempotency key of the request; empty when it gave none.</param>
public sealed record Effect(long Seq, DateTimeOffset At, string Kind, string Target, string Key, string Detail);

/// <summary>The kinds of effect, as they stand in the log.</summary>
public static class EffectKind
{
    public const string NodeLabel = "node-label";
    public const string NodeSpec = "node-spec";
    public const string ConfigMap = "configmap";
    public const string Deployment = "deployment";
    public const string Service = "service";
    public const string KubernetesObject = "object";
    public const string ResourceCreate = "resource-create";
    public const string ResourceUpdate = "resource-update";
    public const string ResourceDelete = "resource-delete";
    public const string Traffic = "traffic";
    public const string Webhook = "webhook";
    public const string PodEvict = "pod-evict";
}

/// <summary>
/// The cloud's own record of what was done to it, for auditing a run whose process was killed. Each entry is flushed to the
/// file, when there is one, before the request that caused it is answered.
/// </summary>
internal sealed class EffectsLog(TimeProvider environmentClock, string? file) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly List<Effect> _effects = [];
    private readonly FileStream? _file = file is null ? null : new FileStream(file, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0);

    public void Add(string kind, string target, string? key, string detail)
    {
        lock (_gate)
        {
            var effect = new Effect(_effects.Count + 1, environmentClock.GetUtcNow(), kind, target, key ?? "", detail);
            _effects.Add(effect);
            if (_file is not null)
            {
                _file.Write([.. JsonSerializer.SerializeToUtf8Bytes(effect, EffectsJson.Default.Effect), (byte)'\n']);
            }
        }
    }

    /// <summary>The entries whose <see cref="Effect.Seq"/> is above <paramref name="seq"/>, in order.</summary>
    public IReadOnlyList<Effect> After(long seq)
    {
        lock (_gate)
        {
            var from = (int)Math.Clamp(seq, 0, _effects.Count);
            return _effects.GetRange(from, _effects.Count - from);
        }
    }

    public void Dispose() => _file?.Dispose();
}

using System.Globalization;
using System.Text.Json.Nodes;

namespace Orchestrator.Simulator.Clusters.Objects;

/// <summary>The objects of one kind in one cluster, their versions, and the recent changes that a watch can go on from.</summary>
/// <param name="history">How many changes are kept; a watch from before the oldest is answered with 410.</param>
internal sealed class ObjectTable(ResourceKind kind, VersionCounter versions, TimeProvider environmentClock, int history)
{
    private readonly Lock _gate = new();
    private readonly SortedList<ObjectKey, StoredObject> _objects = [];
    private readonly Queue<ObjectChange> _changes = [];
    private long _forgottenUpTo = versions.Current;
    private TaskCompletionSource _changed = NewSignal();

    public ResourceKind Kind => kind;

    /// <summary>Puts objects there as if they had always been: no watcher hears of them.</summary>
    public void Seed(IEnumerable<(ObjectKey Key, JsonObject Body)> objects)
    {
        lock (_gate)
        {
            foreach (var (key, body) in objects)
            {
                var version = versions.Next();
                Complete(body, current: null, key, version);
                _objects[key] = StoredObject.From(key, version, body);
                _forgottenUpTo = version;
            }
        }
    }

    public StoredObject? Find(ObjectKey key)
    {
        lock (_gate)
        {
            return _objects.GetValueOrDefault(key);
        }
    }

    public StoredObject Get(ObjectKey key) => Find(key) ?? throw StatusException.NotFound(kind, key.Name);

    /// <summary>Every object in order, and the version of the whole at that moment.</summary>
    public (StoredObject[] Objects, long Version) Snapshot()
    {
        lock (_gate)
        {
            return ([.. _objects.Values], versions.Current);
        }
    }

    /// <summary>
    /// Writes one object, decided under the table's lock from the one that is there. <paramref name="edit"/> gets a copy it may change
    /// (null when there is no object) and gives what shall be, or null to delete. An edit that changes nothing makes no new version.
    /// </summary>
    public ObjectWrite Write(ObjectKey key, Func<JsonObject?, JsonObject?> edit)
    {
        TaskCompletionSource signal;
        ObjectWrite write;
        lock (_gate)
        {
            var before = _objects.GetValueOrDefault(key);
            var current = before?.Parse();
            var wanted = edit(current?.DeepClone().AsObject());
            if (wanted is null)
            {
                if (before is null)
                {
                    return new ObjectWrite(null, null);
                }

                _objects.Remove(key);
                var gone = before with { Version = versions.Next() };
                Remember(new ObjectChange(ChangeType.Deleted, gone, before));
                write = new ObjectWrite(before, null);
            }
            else
            {
                if (current is not null && JsonNode.DeepEquals(current, wanted))
                {
                    return new ObjectWrite(before, before);
                }

                var version = versions.Next();
                Complete(wanted, current, key, version);
                var after = StoredObject.From(key, version, wanted);
                _objects[key] = after;
                Remember(new ObjectChange(before is null ? ChangeType.Added : ChangeType.Modified, after, before));
                write = new ObjectWrite(before, after);
            }

            signal = _changed;
            _changed = NewSignal();
        }

        signal.SetResult();
        return write;
    }

    /// <summary>The changes after <paramref name="version"/>, and a task that ends with the next one.</summary>
    /// <exception cref="StatusException">410 <c>Expired</c>: changes after that version are forgotten already.</exception>
    public (IReadOnlyList<ObjectChange> Changes, long Version, Task Next) ChangesAfter(long version)
    {
        lock (_gate)
        {
            if (version < _forgottenUpTo)
            {
                throw StatusException.Expired(string.Create(CultureInfo.InvariantCulture, $"too old resource version: {version} ({_forgottenUpTo})"));
            }

            return ([.. _changes.SkipWhile(change => change.Version <= version)], versions.Current, _changed.Task);
        }
    }

    /// <summary>A new version of the object as it is, for a status that time has changed.</summary>
    public void Touch(ObjectKey key)
    {
        TaskCompletionSource signal;
        lock (_gate)
        {
            if (!_objects.TryGetValue(key, out var before))
            {
                return;
            }

            var body = before.Parse();
            var version = versions.Next();
            body["metadata"]!["resourceVersion"] = version.ToString(CultureInfo.InvariantCulture);
            var after = StoredObject.From(key, version, body);
            _objects[key] = after;
            Remember(new ObjectChange(ChangeType.Modified, after, before));
            signal = _changed;
            _changed = NewSignal();
        }

        signal.SetResult();
    }

    private void Complete(JsonObject wanted, JsonObject? current, ObjectKey key, long version)
    {
        wanted["apiVersion"] = kind.ApiVersion;
        wanted["kind"] = kind.Kind;
        var metadata = wanted["metadata"] as JsonObject ?? [];
        wanted["metadata"] = metadata;
        var known = current?["metadata"];
        metadata["name"] = key.Name;
        if (kind.Namespaced)
        {
            metadata["namespace"] = key.Namespace;
        }

        metadata["uid"] = known?["uid"]?.GetValue<string>() ?? Guid.CreateVersion7(environmentClock.GetUtcNow()).ToString();
        metadata["creationTimestamp"] = known?["creationTimestamp"]?.GetValue<string>() ?? KubeTime.Format(environmentClock.GetUtcNow());
        metadata["resourceVersion"] = version.ToString(CultureInfo.InvariantCulture);
        if (wanted["spec"] is { } spec)
        {
            var generation = known?["generation"]?.GetValue<long>() ?? 0;
            metadata["generation"] = JsonNode.DeepEquals(spec, current?["spec"]) && generation > 0 ? generation : generation + 1;
        }
    }

    private void Remember(ObjectChange change)
    {
        _changes.Enqueue(change);
        while (_changes.Count > history)
        {
            _forgottenUpTo = _changes.Dequeue().Version;
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

/// <summary>What a write found and left; both are the same object when nothing changed.</summary>
internal readonly record struct ObjectWrite(StoredObject? Before, StoredObject? After)
{
    public bool Changed => !ReferenceEquals(Before, After);
}

/// <summary>The cluster's resource versions: one sequence over all its objects, as in etcd.</summary>
internal sealed class VersionCounter
{
    private long _current = 1;

    public long Current => Volatile.Read(ref _current);

    public long Next() => Interlocked.Increment(ref _current);
}

internal static class KubeTime
{
    /// <summary>Whole seconds in UTC, as Kubernetes writes its <c>Time</c>.</summary>
    public static string Format(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}

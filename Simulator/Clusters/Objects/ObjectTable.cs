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

    public ResourceKind Kind { get; private set; } = kind;

    /// <summary>A changed definition: its schema and columns hold from now on.</summary>
    public void Redefine(ResourceKind changed) => Kind = changed;

    /// <summary>Called after each change that watchers see, outside of the table's lock.</summary>
    public Action<ObjectWrite>? Written { get; set; }

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

    public StoredObject Get(ObjectKey key) => Find(key) ?? throw StatusException.NotFound(Kind, key.Name);

    /// <summary>Every object in order, and the version of the whole at that moment.</summary>
    public (StoredObject[] Objects, long Version) Snapshot()
    {
        lock (_gate)
        {
            return ([.. _objects.Values], versions.Current);
        }
    }

    /// <summary>The objects as they were at a version: the present ones, with the changes since then taken back.</summary>
    /// <exception cref="StatusException">410 <c>Expired</c>: changes after that version are forgotten already; 504: there is no such version yet.</exception>
    public StoredObject[] SnapshotAt(long version)
    {
        lock (_gate)
        {
            if (version > versions.Current)
            {
                throw StatusException.TooLargeVersion(version, versions.Current);
            }

            RequireKept(version);
            var objects = new SortedList<ObjectKey, StoredObject>(_objects);
            foreach (var change in _changes.Reverse().TakeWhile(change => change.Version > version))
            {
                if (change.Before is { } before)
                {
                    objects[change.Object.Key] = before;
                }
                else
                {
                    objects.Remove(change.Object.Key);
                }
            }

            return [.. objects.Values];
        }
    }

    /// <summary>
    /// Writes one object, decided under the table's lock from the one that is there. <paramref name="edit"/> gets a copy it may change
    /// (null when there is no object) and gives what shall be, or null to delete. An edit that changes nothing makes no new version.
    /// An object with finalizers is marked as deleted, and goes when the last of them is taken off.
    /// </summary>
    /// <param name="dryRun">Decides and answers alike, and leaves the table as it is.</param>
    public ObjectWrite Write(ObjectKey key, Func<JsonObject?, JsonObject?> edit, bool dryRun = false)
    {
        TaskCompletionSource signal;
        ObjectWrite write;
        lock (_gate)
        {
            var before = _objects.GetValueOrDefault(key);
            var current = before?.Parse();
            var wanted = Finalized(edit(current?.DeepClone().AsObject()), current);
            if (wanted is null)
            {
                if (before is null)
                {
                    return new ObjectWrite(null, null);
                }

                if (dryRun)
                {
                    return new ObjectWrite(before, null);
                }

                _objects.Remove(key);
                var gone = Gone(before, versions.Next());
                Remember(new ObjectChange(ChangeType.Deleted, gone, before));
                write = new ObjectWrite(before, null);
            }
            else
            {
                if (current is not null && JsonNode.DeepEquals(current, wanted))
                {
                    return new ObjectWrite(before, before);
                }

                var version = dryRun ? before?.Version ?? 0 : versions.Next();
                Complete(wanted, current, key, version);
                var after = StoredObject.From(key, version, wanted);
                if (dryRun)
                {
                    return new ObjectWrite(before, after);
                }

                _objects[key] = after;
                Remember(new ObjectChange(before is null ? ChangeType.Added : ChangeType.Modified, after, before));
                write = new ObjectWrite(before, after);
            }

            signal = _changed;
            _changed = NewSignal();
        }

        signal.SetResult();
        Written?.Invoke(write);
        return write;
    }

    /// <summary>The changes after <paramref name="version"/>, and a task that ends with the next one.</summary>
    /// <exception cref="StatusException">410 <c>Expired</c>: changes after that version are forgotten already.</exception>
    public (IReadOnlyList<ObjectChange> Changes, long Version, Task Next) ChangesAfter(long version)
    {
        lock (_gate)
        {
            RequireKept(version);
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

    private void RequireKept(long version)
    {
        if (version < _forgottenUpTo)
        {
            throw StatusException.Expired(string.Create(CultureInfo.InvariantCulture, $"too old resource version: {version} ({_forgottenUpTo})"));
        }
    }

    /// <summary>A watcher goes on from the version of the deletion, so the object it is told carries that one.</summary>
    private static StoredObject Gone(StoredObject before, long version)
    {
        var body = before.Parse();
        body["metadata"]!["resourceVersion"] = version.ToString(CultureInfo.InvariantCulture);
        return StoredObject.From(before.Key, version, body);
    }

    /// <summary>What a deletion comes to while somebody still holds a finalizer, and what taking off the last one does.</summary>
    private JsonObject? Finalized(JsonObject? wanted, JsonObject? current)
    {
        var marked = current?["metadata"]?["deletionTimestamp"] is not null;
        if (wanted is not null)
        {
            return marked && wanted["metadata"]?["finalizers"] is not JsonArray { Count: > 0 } ? null : wanted;
        }

        if (current?["metadata"]?["finalizers"] is not JsonArray { Count: > 0 })
        {
            return null;
        }

        wanted = current.DeepClone().AsObject();
        wanted["metadata"]!["deletionTimestamp"] ??= KubeTime.Format(environmentClock.GetUtcNow());
        wanted["metadata"]!["deletionGracePeriodSeconds"] ??= 0;
        return wanted;
    }

    private void Complete(JsonObject wanted, JsonObject? current, ObjectKey key, long version)
    {
        wanted["apiVersion"] = Kind.ApiVersion;
        wanted["kind"] = Kind.Kind;
        var metadata = wanted["metadata"] as JsonObject ?? [];
        wanted["metadata"] = metadata;
        var known = current?["metadata"];
        metadata["name"] = key.Name;
        if (Kind.Namespaced)
        {
            metadata["namespace"] = key.Namespace;
        }

        metadata["uid"] = known?["uid"]?.GetValue<string>() ?? metadata["uid"]?.GetValue<string>() ?? Guid.CreateVersion7(environmentClock.GetUtcNow()).ToString();
        metadata["creationTimestamp"] = known?["creationTimestamp"]?.GetValue<string>() ?? KubeTime.Format(environmentClock.GetUtcNow());
        if (known?["deletionTimestamp"] is { } deleted)
        {
            metadata["deletionTimestamp"] = deleted.DeepClone();
        }

        if (version > 0)
        {
            metadata["resourceVersion"] = version.ToString(CultureInfo.InvariantCulture);
        }

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

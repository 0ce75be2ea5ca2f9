using System.Collections.Concurrent;
using Orchestrator.Infra.Clusters;
using Orchestrator.Workflows.Execution;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Server.FleetViews;

/// <summary>A cluster as its API showed it last.</summary>
/// <param name="Survey">Null: it could not be read yet.</param>
/// <param name="ProfilesDigest">Of the co-location profiles that lie on the cluster; null: none.</param>
/// <param name="Error">Why the last reading gave nothing; the survey is then an older one.</param>
/// <param name="Number">Rises with each reading.</param>
internal sealed record ObservedCluster(ClusterSurvey? Survey, string? ProfilesDigest, string? Error, long Timestamp, long Number)
{
    private readonly Lazy<string> _digest = new(() => Survey is null ? "" : Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(
        System.Text.Encoding.UTF8.GetBytes(string.Join('\n', Survey.Nodes.Select(node => $"{node.Name} {node.State} {node.Ready} {node.Schedulable}")))))[..16]);

    /// <summary>Differs whenever a node's name, state or readiness does.</summary>
    public string Digest => _digest.Value;
}

/// <summary>
/// What the clusters' APIs show, read when somebody looks and no more often than its age allows: thousands of nodes are not
/// read for every page of every looker. One reading of a cluster at a time.
/// </summary>
internal sealed class ClusterSurveys(FleetInventory inventory, Clocks clocks, Engine engine)
{
    private static readonly TimeSpan WaitLimit = TimeSpan.FromSeconds(30);
    private readonly ConcurrentDictionary<string, Observation> _clusters = new(StringComparer.Ordinal);
    private long _number;

    /// <summary>How old a reading may be that a page is answered from, on the system clock.</summary>
    public static TimeSpan PageAge { get; } = TimeSpan.FromSeconds(5);

    /// <summary>How old a reading may be before the next begins, on the system clock.</summary>
    public static TimeSpan WallAge { get; } = TimeSpan.FromSeconds(15);

    /// <summary>Rises with each reading of any cluster.</summary>
    public long Number => Volatile.Read(ref _number);

    public TimeSpan AgeOf(ObservedCluster observed) => clocks.SystemClock.GetElapsedTime(observed.Timestamp);

    /// <summary>What is known now, without waiting; an older reading has the next one begun, sooner when the fleet has changed since. Null: nothing yet, or no such cluster.</summary>
    /// <param name="position">Of the newest fact.</param>
    public ObservedCluster? Peek(string cluster, long position)
    {
        if (engine.ReadOnly || inventory.Find(cluster) is not { } driver)
        {
            return null;
        }

        var observation = _clusters.GetOrAdd(cluster, _ => new Observation());
        if (observation.Last is not { } last || AgeOf(last) > (position > observation.Position ? PageAge : WallAge))
        {
            observation.Position = position;
            _ = Begin(observation, driver);
        }

        return observation.Last;
    }

    /// <summary>A reading no older than <see cref="PageAge"/>. Throws <see cref="ClusterUnreachableException"/>; null: no such cluster.</summary>
    public async Task<ObservedCluster?> ReadAsync(string cluster, CancellationToken cancellationToken)
    {
        if (inventory.Find(cluster) is not { } driver)
        {
            return null;
        }

        var observation = _clusters.GetOrAdd(cluster, _ => new Observation());
        if (observation.Last is { Error: null } last && AgeOf(last) <= PageAge)
        {
            return last;
        }

        return await Begin(observation, driver).WaitAsync(cancellationToken);
    }

    private Task<ObservedCluster> Begin(Observation observation, ClusterDriver driver)
    {
        lock (observation)
        {
            if (observation.Reading is not { IsCompleted: false })
            {
                observation.Reading = Task.Run(() => SurveyAsync(observation, driver));
                // Nobody may wait for it: its failure is told by the next look.
                _ = observation.Reading.ContinueWith(failed => _ = failed.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
            }

            return observation.Reading;
        }
    }

    private async Task<ObservedCluster> SurveyAsync(Observation observation, ClusterDriver driver)
    {
        using var waitLimit = new CancellationTokenSource(WaitLimit, clocks.SystemClock);
        try
        {
            var survey = await driver.SurveyAsync(waitLimit.Token);
            var profiles = await driver.ProfilesDigestAsync(waitLimit.Token);
            return observation.Last = new ObservedCluster(survey, profiles, null, clocks.SystemClock.GetTimestamp(), Interlocked.Increment(ref _number));
        }
        catch (Exception exception) when (exception is ClusterUnreachableException or OperationCanceledException)
        {
            var reason = exception is OperationCanceledException ? $"the cluster's API gave no answer within {WaitLimit.TotalSeconds:0} s" : exception.Message;
            observation.Last = new ObservedCluster(observation.Last?.Survey, observation.Last?.ProfilesDigest, reason, clocks.SystemClock.GetTimestamp(), Interlocked.Increment(ref _number));
            throw exception is ClusterUnreachableException ? exception : new TimeoutException(reason, exception);
        }
    }

    private sealed class Observation
    {
        public ObservedCluster? Last { get; set; }

        /// <summary>Of the newest fact when the last look had a reading begun.</summary>
        public long Position { get; set; }

        public Task<ObservedCluster>? Reading { get; set; }
    }
}

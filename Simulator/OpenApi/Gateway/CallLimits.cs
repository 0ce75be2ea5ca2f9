namespace Orchestrator.Simulator.OpenApi.Gateway;

/// <summary>How often a key may call an action in one minute of the environment clock; minutes are counted from the first call in them.</summary>
/// <param name="limits">By <c>product:Action</c>, then <c>product:*</c>, then <c>*</c>.</param>
internal sealed class CallLimits(IReadOnlyDictionary<string, int> limits, TimeProvider environmentClock)
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<(string Key, string Action), (DateTimeOffset Since, int Calls)> _calls = [];

    /// <exception cref="ApiRefusal">The minute's calls are used up.</exception>
    public void Count(string key, ApiAction action)
    {
        var limit = limits.TryGetValue(action.Permission, out var own) ? own
            : limits.TryGetValue($"{action.Product}:*", out var products) ? products
            : limits.GetValueOrDefault("*", int.MaxValue);
        var now = environmentClock.GetUtcNow();
        lock (_gate)
        {
            var (since, calls) = _calls.GetValueOrDefault((key, action.Permission));
            if (now - since >= Window)
            {
                (since, calls) = (now, 0);
            }

            if (calls >= limit)
            {
                throw ApiRefusal.Throttled(Math.Max(1, (long)(since + Window - now).TotalMilliseconds));
            }

            _calls[(key, action.Permission)] = (since, calls + 1);
        }
    }
}

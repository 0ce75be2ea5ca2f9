using System.Collections.Concurrent;

namespace Orchestrator.Infra.Alibaba.Calling;

/// <summary>
/// Keeps callers of one API from coming back together: the cloud throttles each API of an account for itself, so once one call is told
/// to wait, the others wait with it. Times are the environment clock's.
/// </summary>
/// <param name="longest">Of waits that the server did not ask for.</param>
internal sealed class ThrottleGates(TimeProvider environmentClock, TimeSpan longest)
{
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(500);

    private readonly ConcurrentDictionary<(string Product, string Action, string Region), Gate> _gates = new();

    private sealed record Gate(DateTimeOffset OpensAt, int InARow);

    /// <summary>How long the API is closed from now on; zero or less: it is open.</summary>
    public TimeSpan ClosedFor(ApiRequest request) => _gates.TryGetValue(Key(request), out var gate) ? gate.OpensAt - environmentClock.GetUtcNow() : TimeSpan.Zero;

    /// <summary>An answer said to wait. Without a time of its own the wait doubles from 500 ms with each refusal in a row.</summary>
    /// <returns>How long the caller waits: a little more than the gate is closed, different from caller to caller.</returns>
    public TimeSpan Close(ApiRequest request, TimeSpan? asked)
    {
        var now = environmentClock.GetUtcNow();
        var gate = _gates.AddOrUpdate(Key(request), _ => Next(null, now, asked), (_, before) => Next(before, now, asked));
        var wait = gate.OpensAt - now;
        return wait + (wait * (Random.Shared.NextDouble() / 4));
    }

    /// <summary>A call went through: the next refusal begins with the shortest wait again.</summary>
    public void Open(ApiRequest request) => _gates.TryRemove(Key(request), out _);

    private Gate Next(Gate? before, DateTimeOffset now, TimeSpan? asked)
    {
        var row = (before?.InARow ?? 0) + 1;
        var guess = First * Math.Pow(2, Math.Min(row - 1, 10));
        var opens = now + (asked > TimeSpan.Zero ? asked.Value : guess < longest ? guess : longest);
        return new Gate(before is not null && before.OpensAt > opens ? before.OpensAt : opens, row);
    }

    private static (string, string, string) Key(ApiRequest request) => (request.Operation.Product.Code, request.Operation.Action, request.Region);
}

using System.Globalization;

namespace Orchestrator.Simulation.Machine;

/// <summary>What has happened: a hash of all of it, the broken rules, and on request every line of it.</summary>
internal sealed class History(Action<string>? trace)
{
    private readonly List<Violation> violations = [];

    /// <summary>Set once the timeline is there.</summary>
    public Func<TimeSpan> Clock { get; set; } = static () => default;

    /// <summary>The same for the same seed, on every machine.</summary>
    public ulong Hash { get; private set; } = 14695981039346656037UL;

    public bool IsTraced => trace is not null;

    public IReadOnlyList<Violation> Violations => violations;

    public void Mix(long a, long b, long c)
    {
        Hash = (Hash ^ (ulong)a) * 1099511628211UL;
        Hash = (Hash ^ (ulong)b) * 1099511628211UL;
        Hash = (Hash ^ (ulong)c) * 1099511628211UL;
    }

    /// <summary>Only when traced: build the text after a look at <see cref="IsTraced"/>.</summary>
    public void Say(string who, string what) => trace?.Invoke(string.Create(CultureInfo.InvariantCulture, $"{Clock().TotalSeconds,9:0.000} {who,-8} {what}"));

    public void Violate(string rule, string what)
    {
        if (violations.Count >= 20) return;
        violations.Add(new Violation(rule, what, Clock()));
        Say("RULE", $"{rule}: {what}");
    }
}

/// <summary>A rule that was broken.</summary>
internal sealed record Violation(string Rule, string What, TimeSpan At)
{
    public override string ToString() => $"{Rule} at {At.TotalSeconds.ToString("0.000", CultureInfo.InvariantCulture)} s: {What}";
}

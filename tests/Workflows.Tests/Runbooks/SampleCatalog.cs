using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Orchestrator.Workflows.Model.Activities;

namespace Orchestrator.Workflows.Tests.Runbooks;

/// <summary>A few activities with schemas from types, for tests of the language.</summary>
internal static class SampleCatalog
{
    private enum State
    {
        OfflineOnly,
        Transitional,
        StressTest,
        PeakDegrade,
    }

    private sealed record ShiftArguments([property: Description("The cluster to move.")] string Cluster, State To)
    {
        public IReadOnlyList<string>? Waves { get; init; }

        [RegularExpression("lossless|lossy")]
        public string? Mode { get; init; }

        [Range(1, 100)]
        public int? Concurrency { get; init; }

        public TimeSpan? Settle { get; init; }
    }

    private sealed record ShiftResult(int NodesMoved);

    private sealed record ForecastResult(double PeakCpu);

    private sealed record ReleaseArguments(string Unit);

    private sealed record NotifyArguments(string Message, IReadOnlyDictionary<string, string>? Labels = null);

    private sealed record Nothing;

    public static ActivityCatalog Instance { get; } = new(
    [
        Info("cluster.shift", Effect.Reversible, typeof(ShiftArguments), typeof(ShiftResult)),
        Info("fleet.forecast", Effect.None, typeof(Nothing), typeof(ForecastResult)),
        Info("unit.release", Effect.Destructive, typeof(ReleaseArguments), typeof(Nothing)),
        Info("notify", Effect.None, typeof(NotifyArguments), typeof(Nothing)),
    ]);

    private static ActivityInfo Info(string name, Effect effect, Type arguments, Type result) =>
        new(name, name, effect, ActivitySchema.Of(arguments), ActivitySchema.Of(result));
}

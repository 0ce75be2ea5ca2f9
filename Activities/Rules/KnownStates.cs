using System.Collections.Immutable;
using Orchestrator.Fleet.Colocation;
using StateSet = System.Collections.Immutable.ImmutableSortedSet<Orchestrator.Fleet.Colocation.ColocationState>;

namespace Orchestrator.Activities.Rules;

/// <summary>The states each cluster may be in. Immutable.</summary>
/// <param name="Default">States of a cluster not spoken of yet; null: not known.</param>
/// <param name="States">Null within: not known.</param>
internal sealed record KnownStates(StateSet? Default, ImmutableDictionary<string, StateSet?> States)
{
    public static KnownStates Start { get; } = new([ColocationState.OfflineOnly], ImmutableDictionary<string, StateSet?>.Empty);

    public static KnownStates Nothing { get; } = new(null, ImmutableDictionary<string, StateSet?>.Empty);

    public StateSet? Of(string cluster) => States.TryGetValue(cluster, out var states) ? states : Default;

    public KnownStates Set(string cluster, ColocationState state) => this with { States = States.SetItem(cluster, [state]) };

    public KnownStates Forget(string cluster) => this with { States = States.SetItem(cluster, null) };

    /// <summary>Either this or the other happened.</summary>
    public KnownStates Or(KnownStates other)
    {
        var states = ImmutableDictionary.CreateBuilder<string, StateSet?>();
        foreach (var cluster in States.Keys.Union(other.States.Keys))
        {
            states[cluster] = Union(Of(cluster), other.Of(cluster));
        }

        return new KnownStates(Union(Default, other.Default), states.ToImmutable());
    }

    /// <summary>This and what a branch beside it changed.</summary>
    public KnownStates With(KnownStates branch, KnownStates since)
    {
        var merged = branch.Default is null ? this with { Default = null } : this;
        foreach (var (cluster, states) in branch.States)
        {
            if (!since.States.TryGetValue(cluster, out var before) || !Equal(before, states))
            {
                merged = merged with
                {
                    States = merged.States.SetItem(cluster, !merged.States.TryGetValue(cluster, out var beside) || Equal(beside, before) ? states : Union(beside, states)),
                };
            }
        }

        return merged;
    }

    private static StateSet? Union(StateSet? one, StateSet? other) => one is null || other is null ? null : one.Union(other);

    private static bool Equal(StateSet? one, StateSet? other) => one is null || other is null ? one is null && other is null : one.SetEquals(other);
}

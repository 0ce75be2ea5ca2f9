using System.Collections.Immutable;

namespace Orchestrator.Workflows.Model.Runbooks;

/// <summary>Which of its step's blocks it is.</summary>
internal enum BlockRole { Body, Then, Else, Catch, Finally }

/// <summary>Steps within a step, one after the other.</summary>
internal readonly record struct StepBlock(BlockRole Role, ImmutableArray<Step> Steps);

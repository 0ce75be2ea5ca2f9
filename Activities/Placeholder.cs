namespace Orchestrator.Activities;

internal static class Placeholder;

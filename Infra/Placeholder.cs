namespace Orchestrator.Infra;

internal static class Placeholder;

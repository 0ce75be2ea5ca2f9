namespace Orchestrator.Infra.Http;

/// <summary>No try of ours can deliver the notification as it is addressed; the message says why, and what to do.</summary>
public sealed class WebhookRefusedException(string message) : Exception(message);

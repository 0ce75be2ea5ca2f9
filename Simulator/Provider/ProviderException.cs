namespace Orchestrator.Simulator.Provider;

/// <summary>Ends a request of the resource API with <c>{code, message}</c>.</summary>
internal sealed class ProviderException(int status, string code, string message) : Exception(message)
{
    public int Status => status;

    public string Code => code;
}

using System.Text.Json.Nodes;

namespace Orchestrator.Simulator.OpenApi.Gateway;

/// <summary>Answers that were given for a client token: the same call again gets the same answer, another call with it is refused.</summary>
internal sealed class ClientTokens
{
    private readonly Dictionary<string, (string Request, JsonObject Answer)> _answers = [];

    /// <summary>The answer of the first call with the token; null when this is the first.</summary>
    /// <exception cref="ApiRefusal">The token was used for a call with other parameters.</exception>
    public JsonObject? Find(ApiCall call)
    {
        if (KeyOf(call) is not { } key || !_answers.TryGetValue(key, out var before))
        {
            return null;
        }

        return before.Request == call.Parameters.ToJsonString()
            ? before.Answer.DeepClone().AsObject()
            : throw new ApiRefusal(400, "IdempotentParameterMismatch", "Request uses a client token in a previous request but is not identical to that request.");
    }

    public void Keep(ApiCall call, JsonObject answer)
    {
        if (KeyOf(call) is { } key)
        {
            _answers[key] = (call.Parameters.ToJsonString(), answer.DeepClone().AsObject());
        }
    }

    private static string? KeyOf(ApiCall call) =>
        call.Action.Changes && call.Find(call.Action.TokenName) is { } token ? $"{call.Caller?.Id} {call.Action.Permission} {token}" : null;
}

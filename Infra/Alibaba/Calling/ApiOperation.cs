using System.Collections.Immutable;

namespace Orchestrator.Infra.Alibaba.Calling;

/// <summary>Whether a call may be made again when nobody knows if it took its effect: the connection broke, or the server failed.</summary>
public enum ApiRepeat
{
    /// <summary>It only reads, or brings about a state that a second call leaves as it is.</summary>
    Safe,

    /// <summary>Its <c>ClientToken</c> makes a second call give the first one's answer; without a token it is made once.</summary>
    WithToken,

    /// <summary>A second call might do it twice: <see cref="ApiException.EffectUnknown"/> tells the caller to look.</summary>
    Never,
}

/// <summary>One action of a product's API.</summary>
/// <param name="Path">Of ROA style, with <c>{Name}</c> for values of the path; null: RPC style.</param>
public sealed record ApiOperation(ApiProduct Product, string Action, ApiRepeat Repeat, HttpMethod Method, string? Path = null)
{
    /// <summary>Parameters of RPC style that go into a form body instead of the query.</summary>
    public ImmutableArray<string> InBody { get; init; } = [];

    /// <summary>Sent without credentials, as <c>AssumeRoleWithOIDC</c>.</summary>
    public bool Anonymous { get; init; }

    /// <summary>An action in RPC style. Default: it only reads.</summary>
    public static ApiOperation Rpc(ApiProduct product, string action, ApiRepeat repeat = ApiRepeat.Safe) => new(product, action, repeat, HttpMethod.Post);

    /// <summary>An action in ROA style: method and path, a JSON body.</summary>
    public static ApiOperation Roa(ApiProduct product, string action, HttpMethod method, string path, ApiRepeat repeat = ApiRepeat.Safe) => new(product, action, repeat, method, path);

    public override string ToString() => $"{Product.Code}:{Action}";
}

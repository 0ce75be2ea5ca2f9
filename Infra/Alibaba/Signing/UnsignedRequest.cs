using System.Collections.Immutable;

namespace Orchestrator.Infra.Alibaba.Signing;

/// <summary>A request as it goes onto the wire, without its signature.</summary>
/// <param name="Path">Already encoded, such as <c>/clusters/c1/nodes</c>; <c>/</c> in RPC style.</param>
/// <param name="Query">Not encoded.</param>
/// <param name="Headers">With <c>host</c>; names in any case.</param>
internal sealed record UnsignedRequest(
    string Method, string Path, ImmutableArray<KeyValuePair<string, string>> Query, ImmutableArray<KeyValuePair<string, string>> Headers);

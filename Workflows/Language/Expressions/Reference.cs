using System.Collections.Immutable;

namespace Orchestrator.Workflows.Language.Expressions;

/// <summary>A free name in an expression with the members read from it as far as they are fixed, as in <c>steps.build.result</c>.</summary>
/// <param name="Offset">Where the name begins, in characters from the start of the code.</param>
public sealed record Reference(string Name, int Offset, ImmutableArray<Member> Members);

/// <summary>A member that is read by a fixed name.</summary>
/// <param name="Optional">True after <c>?.</c>.</param>
public sealed record Member(string Name, int Offset, bool Optional);

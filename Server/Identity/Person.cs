using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Orchestrator.Workflows.Model.People;

namespace Orchestrator.Server.Identity;

/// <summary>Someone who acts: who they are, the name as they typed it, and the roles they have.</summary>
internal sealed record Person(PersonId Id, string Shown, ImmutableArray<string> Roles)
{
    /// <summary>The name that is kept and compared; never the one that was typed.</summary>
    public string Name => Id.Value;

    public static Person? Parse(string text) => TryParse(text, out var person, out _) ? person : null;

    /// <summary>Reads <c>name</c> or <c>name:role,role</c>.</summary>
    /// <param name="diagnostic">What is wrong and how to write it, without a full stop; empty when nothing is.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out Person? person, out string diagnostic)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var roles = colon < 0 ? [] : text[(colon + 1)..].Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        person = null;
        if (!PersonId.TryParse(colon < 0 ? text : text[..colon], out var id, out diagnostic)) return false;

        diagnostic = colon >= 0 && roles.Length == 0 ? "a colon is followed by roles, as in alice:commander"
            : roles.FirstOrDefault(role => !IsRole(role)) is { } ? $"a role is at most {PersonId.Longest} letters, digits, '.', '_' and '-'"
            : "";
        if (diagnostic.Length > 0) return false;

        person = new Person(id, (colon < 0 ? text : text[..colon]).Trim(), [.. roles.Distinct(StringComparer.Ordinal)]);
        return true;
    }

    public static bool IsRole(string role) => role.Length is > 0 and <= PersonId.Longest && role.All(c => char.IsLetterOrDigit(c) || c is '.' or '_' or '-');

    public override string ToString() => Roles.IsEmpty ? Shown : $"{Shown}:{string.Join(',', Roles)}";
}

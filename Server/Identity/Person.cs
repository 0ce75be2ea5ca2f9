using System.Collections.Immutable;

namespace Orchestrator.Server.Identity;

/// <summary>Someone who acts: a name and the roles they may decide in.</summary>
internal sealed record Person(string Name, ImmutableArray<string> Roles)
{
    /// <summary>Reads <c>name</c> or <c>name:role,role</c>; null when it is neither.</summary>
    public static Person? Parse(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var name = (colon < 0 ? text : text[..colon]).Trim();
        var roles = colon < 0 ? [] : text[(colon + 1)..].Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return name.Length == 0 || name.Any(char.IsControl) || (colon >= 0 && roles.Length == 0) ? null : new Person(name, [.. roles]);
    }

    public override string ToString() => Roles.IsEmpty ? Name : $"{Name}:{string.Join(',', Roles)}";
}

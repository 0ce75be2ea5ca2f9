using Orchestrator.Server.Failures;
using Orchestrator.Server.Identity;

namespace Orchestrator.Server.Commands;

/// <summary>Who a command says to be: <c>--as</c>, else the variable <c>ORCHESTRATOR_AS</c>, else the name of the login.</summary>
internal static class Caller
{
    public const string Variable = "ORCHESTRATOR_AS";

    /// <summary>The roles of a name that is given without any.</summary>
    private const string Roles = $"{AccessTable.Operator},{AccessTable.Engineer}";

    /// <param name="given">As <c>--as</c> has it; null: not given.</param>
    /// <returns>With roles always. Throws <see cref="CommandException"/> for a text that is no person.</returns>
    public static Person Of(string? given)
    {
        var (text, from) = given is not null ? (given, "--as") : (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } set ? set : null, Variable);
        if (text is null)
        {
            // Some logins have no name that a person can have, as in a container whose user the machine does not know.
            return Person.Parse($"{Environment.UserName}:{Roles}") ?? Person.Parse($"unknown:{Roles}")!;
        }

        return Person.TryParse(text, out var person, out var diagnostic)
            ? person.Roles.IsEmpty ? person with { Roles = [AccessTable.Operator, AccessTable.Engineer] } : person
            : throw CommandException.BadInput($"{from} {text}: {diagnostic}; write it as USER or USER:ROLE, as in alice:commander");
    }
}

using System.Collections.Immutable;
using System.CommandLine;
using Orchestrator.Server.Identity;

namespace Orchestrator.Server.Commands;

/// <summary><c>--approve-as USER:ROLE</c>.</summary>
internal static class PeopleOption
{
    public static Option<string[]> ApproveAs() => new("--approve-as")
    {
        Description = "Somebody who approves whatever is asked of the role, simulated and labelled so. Repeatable. Default on the simulated cloud: the people of the settings",
        HelpName = "USER:ROLE",
        DefaultValueFactory = _ => [],
    };

    /// <summary>Throws <see cref="CommandException"/> for a text that is none.</summary>
    public static ImmutableArray<Person> Read(string[]? texts, string option = "--approve-as") =>
    [
        .. (texts ?? []).Select(text => !Person.TryParse(text, out var person, out var problem) ? throw CommandException.BadInput($"{option} {text}: {problem}; write it as USER:ROLE, as in alice:commander")
            : person.Roles.IsEmpty ? throw CommandException.BadInput($"{option} {text}: write it as USER:ROLE, as in alice:commander")
            : person),
    ];
}

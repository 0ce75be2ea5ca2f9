using System.Collections.Immutable;
using System.CommandLine;
using Orchestrator.Server.Approvals;
using Orchestrator.Server.Failures;
using Orchestrator.Server.Identity;

namespace Orchestrator.Server.Commands;

/// <summary>Who approves: <c>--approve-as USER:ROLE</c>, <c>--simulated-people</c>, <c>--ask</c>.</summary>
internal static class PeopleOption
{
    public static Option<string[]> ApproveAs() => new("--approve-as")
    {
        Description = "Somebody who approves whatever is asked of the role, simulated and labelled so. Repeatable; never beside real clusters. Default on a simulated cloud of this process: the people of the settings",
        HelpName = "USER:ROLE",
        DefaultValueFactory = _ => [],
    };

    public static Option<bool> Simulated() => new(SimulatedPeople.Option)
    {
        Description = "Let the people of the settings (Simulation:People) approve on a simulated cloud that --cloud names, too; never beside real clusters.",
    };

    public static Option<bool> Ask() => new("--ask") { Description = "Ask real people for approvals; on a simulated cloud of this process simulated ones answer otherwise." };

    /// <summary>Throws <see cref="CommandException"/> for a text that is none.</summary>
    public static ImmutableArray<Person> Read(string[]? texts, string option = "--approve-as") =>
    [
        .. (texts ?? []).Select(text => !Person.TryParse(text, out var person, out var diagnostic) ? throw CommandException.BadInput($"{option} {text}: {diagnostic}; write it as USER:ROLE, as in alice:commander")
            : person.Roles.IsEmpty ? throw CommandException.BadInput($"{option} {text}: write it as USER:ROLE, as in alice:commander")
            : person),
    ];
}

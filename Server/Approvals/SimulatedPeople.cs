using System.Collections.Immutable;
using Orchestrator.Server.Configuration;
using Orchestrator.Server.Failures;
using Orchestrator.Server.Identity;
using Orchestrator.Server.Environments;

namespace Orchestrator.Server.Approvals;

/// <summary>
/// Who approves without being asked. On the simulated cloud that a process starts for itself the people of the settings do; on a
/// cloud elsewhere only those whom the operator asks for, because what answers there may only claim to be simulated; beside real
/// clusters nobody does.
/// </summary>
internal static class SimulatedPeople
{
    public const string Option = "--simulated-people";

    /// <summary>Before anything starts. Throws <see cref="CommandException"/> for what must not be.</summary>
    public static void Check(Settings settings, HostRequest request)
    {
        var wanted = !request.ApproveAs.IsEmpty ? "--approve-as" : request.SimulatedPeople ? Option : null;
        if (wanted is null) return;

        if (settings.Infra.Clusters.Keys.Order(StringComparer.Ordinal).FirstOrDefault() is { } real)
        {
            throw CommandException.BadInput($"{wanted}: nobody is simulated beside real clusters, and Infra:Clusters names {real}; leave the option out, and let people approve");
        }

        if (request.SimulatedPeople && request.Ask) throw CommandException.BadInput($"{Option} and --ask exclude each other; give one of them");
    }

    /// <summary>Once it is known which cloud there is. Throws <see cref="CommandException"/> for what must not be.</summary>
    public static void Check(HostRequest request, PromotionEnvironment environment)
    {
        var wanted = !request.ApproveAs.IsEmpty ? "--approve-as" : request.SimulatedPeople ? Option : null;
        if (wanted is not null && !environment.OnSimulatedCloud)
        {
            throw CommandException.BadInput($"{wanted}: nobody is simulated in a real environment, and {(environment.Cloud is { } cloud ? $"the cloud at {cloud} does not say that it is simulated" : "the settings give the address of every cluster")}; leave the option out, and let people approve");
        }
    }

    /// <returns>Nobody, where people are to be asked.</returns>
    public static (ImmutableArray<Person> People, string Comment) Of(Settings settings, HostRequest request, PromotionEnvironment environment) =>
        !request.ApproveAs.IsEmpty ? (request.ApproveAs, "simulated: named by --approve-as")
        : !request.Ask && !request.Reading && environment.OnSimulatedCloud && (request.SimulatedPeople || (environment.Own && settings.Infra.Clusters.Count == 0)) ? (settings.SimulatedPeople, "simulated")
        : ([], "");
}

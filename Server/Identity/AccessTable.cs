using System.Collections.Frozen;
using System.Collections.Immutable;
using Orchestrator.Workflows.Scheduling;

namespace Orchestrator.Server.Identity;

/// <summary>
/// Who may do what: the one table of addresses, privileges and roles. An address that changes something and is not in it is
/// refused to everybody. What depends on the content, as a source that nobody published, is asked for by the handler, of the same table.
/// </summary>
internal sealed class AccessTable(ImmutableArray<string> emergencyRoles)
{
    public const string Viewer = "viewer";
    public const string Operator = "operator";
    public const string Engineer = "engineer";
    public const string Admin = "admin";

    /// <summary>Both at once: who may publish a text and start it may start it unpublished.</summary>
    private const string EngineerAndOperator = "engineer+operator";

    /// <summary>Roles that are there whatever runbooks name. Somebody with <c>viewer</c> alone only reads.</summary>
    public static ImmutableArray<string> BuiltIn { get; } = [Viewer, Operator, Engineer, Admin];

    /// <summary>Addresses that change something: any one of their privileges opens the door.</summary>
    public static FrozenDictionary<string, ImmutableArray<Privilege>> Endpoints { get; } = new Dictionary<string, ImmutableArray<Privilege>>
    {
        ["POST /api/session"] = [Privilege.Anyone],
        ["DELETE /api/session"] = [Privilege.Anyone],
        ["POST /api/runbooks/validate"] = [Privilege.Anyone],
        ["POST /api/runbooks/plan"] = [Privilege.Anyone],
        ["POST /api/runbooks/scope"] = [Privilege.Anyone],
        ["POST /api/runbooks/{name}/plan"] = [Privilege.Anyone],
        ["POST /api/runbooks/{name}/diff"] = [Privilege.Anyone],
        ["POST /api/runbooks/{name}/versions"] = [Privilege.PublishRunbooks],
        ["POST /api/runs"] = [Privilege.StartRuns, Privilege.StartEmergency],
        ["POST /api/runs/{id:guid}/pause"] = [Privilege.ControlRuns],
        ["POST /api/runs/{id:guid}/resume"] = [Privilege.ControlRuns],
        ["POST /api/runs/{id:guid}/cancel"] = [Privilege.ControlRuns],
        ["POST /api/runs/{id:guid}/undo"] = [Privilege.ControlRuns],
        ["POST /api/runs/{id:guid}/retry"] = [Privilege.ControlRuns],
        ["POST /api/runs/{id:guid}/skip"] = [Privilege.ControlRuns],
        ["POST /api/runs/{id:guid}/signals/{name}"] = [Privilege.SendSignals],
        ["POST /api/approvals/{run:guid}/approve"] = [Privilege.Named],
        ["POST /api/approvals/{run:guid}/reject"] = [Privilege.Named],
        ["POST /api/approvals/delegations"] = [Privilege.Named],
        ["POST /api/approvals/delegations/{id}/revoke"] = [Privilege.Named],
        ["POST /api/inspections"] = [Privilege.Inspect],
        ["POST /api/schedules/{id}/pause"] = [Privilege.ControlSchedules],
        ["POST /api/schedules/{id}/resume"] = [Privilege.ControlSchedules],
        ["POST /api/schedules/freezes"] = [Privilege.ChangeFreezes],
        ["DELETE /api/schedules/freezes/{id}"] = [Privilege.ChangeFreezes],
        ["POST /api/schedules/freezes/{id}/removal/approve"] = [Privilege.ChangeFreezes],
        ["POST /api/schedules/freezes/{id}/removal/reject"] = [Privilege.ChangeFreezes],
        ["POST /api/schedules/overrides"] = [Privilege.RequestOverrides],
        ["POST /api/schedules/overrides/{id:guid}/approve"] = [Privilege.DecideOverrides],
        ["POST /api/schedules/overrides/{id:guid}/reject"] = [Privilege.DecideOverrides],
        ["POST /api/bus/dead-letters/replay"] = [Privilege.HandleDeadLetters],
        ["DELETE /api/bus/dead-letters"] = [Privilege.HandleDeadLetters],
        ["POST /api/emergency/plan"] = [Privilege.MakeEmergencyPlans],
        ["POST /api/emergency/plan/{id}/approve"] = [Privilege.TriggerEmergency],
        ["POST /api/emergency/scale-down"] = [Privilege.TriggerEmergency],
        ["POST /api/emergency/release"] = [Privilege.TriggerEmergency],
        ["POST /api/emergency/drop"] = [Privilege.TriggerEmergency],
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The privileges of an address without the constraints of its parameters, as in <c>POST /api/runs/{id}/pause</c>; empty: it changes nothing, or the table does not know it.</summary>
    public static ImmutableArray<Privilege> Of(string address) => Plain.GetValueOrDefault(address, []);

    private static FrozenDictionary<string, ImmutableArray<Privilege>> Plain { get; } =
        Endpoints.ToFrozenDictionary(entry => entry.Key.Replace(":guid", "", StringComparison.Ordinal), entry => entry.Value, StringComparer.Ordinal);

    /// <summary>
    /// The roles of a privilege; <c>a+b</c> needs both. Empty: no role is asked. <c>admin</c> has all that is no decision of
    /// approvers: who administers does not approve by that.
    /// </summary>
    public ImmutableArray<string> RolesOf(Privilege privilege) => privilege switch
    {
        Privilege.Anyone or Privilege.Named => [],
        Privilege.StartRuns or Privilege.ControlRuns or Privilege.Inspect or Privilege.ControlSchedules => [Operator, Admin],
        Privilege.PublishRunbooks => [Engineer, Admin],
        Privilege.StartUnpublished or Privilege.PublishTriggers => [EngineerAndOperator, Admin],
        Privilege.SendSignals or Privilege.StartEmergency or Privilege.MakeEmergencyPlans => [.. emergencyRoles, Admin],
        Privilege.StartPreauthorised or Privilege.PublishEmergency or Privilege.HandleDeadLetters => [Admin],
        Privilege.ChangeFreezes or Privilege.DecideOverrides => ScheduleAdmin.Approvers,
        Privilege.RequestOverrides => [Operator, Engineer, .. ScheduleAdmin.Approvers, Admin],
        Privilege.TriggerEmergency => emergencyRoles,
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    public bool Has(Person person, Privilege privilege) =>
        RolesOf(privilege) is var roles && (roles.IsEmpty || roles.Any(alternative => alternative.Split('+').All(person.Roles.Contains)));
}

using System.Text.Json.Serialization;
using Orchestrator.Server.Api;

namespace Orchestrator.Server.FleetViews;

/// <summary>One inspection of one unit. Times are on the environment clock.</summary>
/// <param name="Place">Where the unit stands: the cluster that lends its nodes, or cloud.</param>
/// <param name="Run">The run and step that inspected.</param>
internal sealed record InspectionResponse(
    string Id, string Unit, string Place, DateTimeOffset At, string Run, string Path, bool Passed, int Checks, int Failed, int Unanswered, IReadOnlyList<Finding> Findings)
{
    public const string Cloud = "cloud";

    public static InspectionResponse Of(JournaledInspection recorded)
    {
        var findings = recorded.Fact.Findings.Select(Finding.Parse).ToList();
        return new InspectionResponse(
            recorded.Id, recorded.Fact.Unit, recorded.Cluster ?? Cloud, recorded.Fact.At, recorded.Run.ToString(), recorded.Path.Value, recorded.Fact.Passed, recorded.Fact.Checks,
            findings.Count(finding => finding.Verdict == "failed"), findings.Count(finding => finding.Verdict == "unanswered"), findings);
    }
}

/// <param name="Earlier">Inspections of the same unit before this one, newest first; at most 20.</param>
internal sealed record InspectionDetail(InspectionResponse Inspection, IReadOnlyList<CauseResponse> Causes, IReadOnlyList<InspectionResponse> Earlier);

/// <summary>Findings that say the same.</summary>
/// <param name="Count">Checks.</param>
/// <param name="Targets">At most 50.</param>
internal sealed record CauseResponse(string Check, string Verdict, string Detail, int Count, IReadOnlyList<string> Places, IReadOnlyList<string> Units, IReadOnlyList<string> Targets);

/// <summary>The last inspection of every unit that stands, by place, and what did not pass by check and by cause.</summary>
/// <param name="Checks">Names of the checks that did not pass somewhere: the columns. Facts name only those.</param>
internal sealed record HeatMapResponse(IReadOnlyList<string> Checks, IReadOnlyList<HeatPlace> Places, IReadOnlyList<CauseResponse> Causes, IReadOnlyList<string> NeverInspected);

internal sealed record HeatPlace(string Place, int Units, int Ready, IReadOnlyList<HeatRow> Rows);

/// <param name="Cells">For each of the columns, how many of the unit's checks of that name did not pass.</param>
internal sealed record HeatRow(string Unit, string Inspection, DateTimeOffset At, bool Passed, int Checks, IReadOnlyList<HeatCell> Cells);

internal sealed record HeatCell(int Failed, int Unanswered);

/// <param name="Units">To inspect; null or empty: every one that stands.</param>
/// <param name="Deadline">For all checks of a unit, in real time, as in 5s; null: the runbook's.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record InspectRequest(IReadOnlyList<string>? Units, string? Deadline);

/// <param name="Run">Its end is the inspection's.</param>
internal sealed record InspectResponse(string Run);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Page<InspectionResponse>))]
[JsonSerializable(typeof(InspectionDetail))]
[JsonSerializable(typeof(HeatMapResponse))]
[JsonSerializable(typeof(InspectRequest))]
[JsonSerializable(typeof(InspectResponse))]
internal sealed partial class InspectionsJson : JsonSerializerContext;

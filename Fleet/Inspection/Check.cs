using System.Text.Json.Serialization;

namespace Orchestrator.Fleet.Inspection;

/// <summary>What one check came to.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<CheckVerdict>))]
public enum CheckVerdict
{
    [JsonStringEnumMemberName("passed")]
    Passed,

    [JsonStringEnumMemberName("failed")]
    Failed,

    /// <summary>No answer by the deadline: a verdict of its own, never a pass.</summary>
    [JsonStringEnumMemberName("unanswered")]
    Unanswered,
}

/// <summary>One check of one target, answered or not.</summary>
/// <param name="Target">What was checked, as in <c>unit-1/http</c>.</param>
/// <param name="Name">What was checked of it, as in <c>http-status</c>.</param>
/// <param name="Detail">What was seen, for people.</param>
/// <param name="Elapsed">From the first try to the answer (wall time), or to giving up.</param>
/// <param name="Critical">True when this check alone stops the step.</param>
public sealed record Check(string Target, string Name, CheckVerdict Verdict, string Detail, TimeSpan Elapsed, bool Critical);

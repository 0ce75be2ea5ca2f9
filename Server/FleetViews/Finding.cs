using System.Text.RegularExpressions;

namespace Orchestrator.Server.FleetViews;

/// <summary>A check that did not pass, as a fact's line tells it: <c>target check failed|unanswered: detail</c>.</summary>
/// <param name="Check">What was checked, as in <c>http-status</c>; empty: the line does not say.</param>
/// <param name="Verdict">failed or unanswered.</param>
internal sealed partial record Finding(string Target, string Check, string Verdict, string Detail)
{
    public static Finding Parse(string line) => Line().Match(line) is { Success: true } match
        ? new Finding(match.Groups["target"].Value, match.Groups["check"].Value, match.Groups["verdict"].Value, match.Groups["detail"].Value)
        : new Finding("", "", "failed", line);

    [GeneratedRegex("^(?<target>\\S+) (?<check>\\S+) (?<verdict>failed|unanswered): (?<detail>.*)$", RegexOptions.Singleline | RegexOptions.ExplicitCapture)]
    private static partial Regex Line();
}

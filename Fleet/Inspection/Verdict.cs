using System.Collections.Immutable;

namespace Orchestrator.Fleet.Inspection;

/// <summary>What an inspection came to: counts, and in detail only what did not pass.</summary>
/// <param name="Ready">True when no critical check failed or went unanswered, and there was at least one check.</param>
/// <param name="Findings">The checks that did not pass: critical ones first, then by target and name.</param>
public sealed record Verdict(bool Ready, int Checks, int Passed, int Failed, int Unanswered, ImmutableArray<Check> Findings)
{
    /// <summary>The verdict over <paramref name="checks"/>, whatever their order. Without a check nothing was shown, so nothing is ready.</summary>
    public static Verdict Of(IEnumerable<Check> checks)
    {
        int total = 0, failed = 0, unanswered = 0;
        var findings = new List<Check>();
        foreach (var check in checks)
        {
            total++;
            if (check.Verdict == CheckVerdict.Passed)
            {
                continue;
            }

            findings.Add(check);
            if (check.Verdict == CheckVerdict.Failed)
            {
                failed++;
            }
            else
            {
                unanswered++;
            }
        }

        var ordered = findings
            .OrderByDescending(check => check.Critical)
            .ThenBy(check => check.Target, StringComparer.Ordinal)
            .ThenBy(check => check.Name, StringComparer.Ordinal)
            .ToImmutableArray();
        return new Verdict(total > 0 && !findings.Exists(check => check.Critical), total, total - failed - unanswered, failed, unanswered, ordered);
    }

    /// <summary>One line a finding, as journals and people read it.</summary>
    public ImmutableArray<string> Lines =>
        [.. Findings.Select(finding => $"{finding.Target} {finding.Name} {(finding.Verdict == CheckVerdict.Failed ? "failed" : "unanswered")}: {finding.Detail}")];
}

using System.Globalization;
using System.Text;

namespace Orchestrator.Activities.Tests;

/// <summary>What goes wrong in a generated night.</summary>
internal enum Mishap
{
    /// <summary>Only its last step, which always fails.</summary>
    Nothing,

    /// <summary>From the n-th request on the wire on, some are answered with 503.</summary>
    Errors,

    /// <summary>The n-th request and some after it take effect, and their answers are lost.</summary>
    LostAnswers,

    /// <summary>A step is cut off wherever it is.</summary>
    Timeout,

    /// <summary>Somebody takes the run back at the n-th fact.</summary>
    TakenBack,

    /// <summary>The cloud or a cluster refuses one kind of request for good.</summary>
    Refusal,

    /// <summary>Somebody makes a thing under a unit's name, which no stack holds.</summary>
    Stray,
}

/// <summary>A runbook with the activities that ship, and where it goes wrong: all of it from a seed.</summary>
internal sealed record GeneratedNight(int Seed, string Text, Mishap Mishap, int At, int Times, string Route)
{
    public const string CloudUnit = "cloud-a";

    public const string LentUnit = "lent-a";

    private static readonly string[] refusals =
        ["/openapi/rds/DeleteDBInstance", "/openapi/ess/DeleteScalingGroup", "/openapi/alb/DeleteLoadBalancer", "/openapi/vpc/DeleteVpc", "/clusters/lend/api/v1/nodes/n-3", "*/httproutes/*", "*/namespaces/lent-a"];

    public static GeneratedNight Of(int seed)
    {
        var random = new Random(seed);
        var mishap = (Mishap)(seed % 7);
        var text = new StringBuilder("""
            runbook: generated
            locks: ["cluster/*", "unit/*", traffic]
            onFailure: undo
            steps:
              - { id: survey, run: fleet.survey, with: {}, retry: { attempts: 3, delay: 5s } }

            """);
        var cut = mishap == Mishap.Timeout ? random.Next(5) : -1;
        var lends = random.Next(5) > 0;
        if (lends)
        {
            var to = (string[])["transitional", "stress-test", "peak-degrade"];
            text.Append(CultureInfo.InvariantCulture, $$"""
                  - id: lend
                    run: cluster.shift
                    with:
                      cluster: lend
                      to: {{to[random.Next(3)]}}
                      through: true
                      waves: {{((string[])["[100%]", "[20%, 100%]", "[1%, 50%, 100%]"])[random.Next(3)]}}
                      waive: { host-probes: t, quotas: t, images: t, inspection: t, checkpoints: t, forecast: t, capacity: t, approvals: t, rehearsal: t, batch-submissions: t }
                    undo:
                      run: cluster.shift
                      with: { cluster: lend, to: offline-only, through: true, waive: { traffic: t, queue-lag: t, online-drained: t, traffic-weight: t, ledger: t } }
                      retry: { attempts: 6, delay: 20s }
                {{Cut(cut == 0)}}
                """);
        }

        var units = new List<string>();
        if (random.Next(5) > 0 || mishap == Mishap.Stray) units.Add(CloudUnit);
        if (lends && random.Next(2) > 0) units.Add(LentUnit);
        foreach (var unit in units)
        {
            text.Append(CultureInfo.InvariantCulture, $$"""
                  - id: build-{{unit}}
                    run: unit.provision
                    with: { unit: {{unit}}, {{(unit == CloudUnit ? "kind: cloud" : "kind: big-data, cluster: lend")}}, hosts: {{random.Next(1, 3)}} }
                    undo: { run: unit.release, with: { unit: {{unit}}, drain: true, grace: 1s }, retry: { attempts: 6, delay: 20s } }
                {{Cut(cut == 1)}}
                  - { id: inspect-{{unit}}, run: unit.inspect, with: { unit: {{unit}} }, retry: { attempts: 8, delay: 30s } }

                """);
        }

        if (units.Contains(CloudUnit) && random.Next(2) > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $$"""
                  - id: scale
                    run: unit.scale
                    with: { unit: {{CloudUnit}}, hosts: {{random.Next(1, 5)}}, drain: 1s }
                    undo: { run: unit.scale, with: { unit: {{CloudUnit}}, hosts: "${ result?.before ?? steps['build-{{CloudUnit}}'].result.hosts }", drain: 1s }, retry: { attempts: 6, delay: 20s } }
                {{Cut(cut == 2)}}
                """);
        }

        for (var shift = 1; units.Count > 0 && shift <= random.Next(3); shift++)
        {
            var percent = random.Next(1, 40);
            text.Append(CultureInfo.InvariantCulture, $$"""
                  - id: traffic-{{shift}}
                    run: traffic.shift
                    with: { spread: [ { units: [{{string.Join(", ", units)}}], percent: {{percent}} } ], ramp: { steps: {{random.Next(1, 4)}}, every: 5s } }
                    undo: { run: traffic.shift, with: { restore: true }, retry: { attempts: 6, delay: 20s } }
                {{Cut(cut == 3)}}
                """);
        }

        text.Append("  - { id: last, run: unit.inspect, with: { unit: nobody } }\n");
        return new GeneratedNight(seed, text.ToString(), mishap, random.Next(mishap == Mishap.TakenBack ? 25 : 250), (int[])[1, 3, 12, 40] is var counts ? counts[random.Next(4)] : 1, refusals[random.Next(refusals.Length)]);

        string Cut(bool here) => here ? string.Create(CultureInfo.InvariantCulture, $"    timeout: {random.Next(1, 240)}s\n") : "";
    }
}

namespace Orchestrator.Studio.Tests;

/// <summary>Runbooks of these tests, on the catalog beside those that ship.</summary>
internal static class TestRunbooks
{
    public const string TwoPeople = """
        runbook: two-people
        description: Looks at the fleet, asks two people, and looks again.
        steps:
          - id: before
            title: Look at the fleet
            run: fleet.survey
            with: {}
          - id: go
            approval:
              title: Shall it go on?
              roles: [commander, sre-lead]
              quorum: 2
              timeout: 8h
              onTimeout: reject
          - id: after
            title: Look once more
            run: fleet.survey
            with: {}
        """;

    public const string Many = """
        runbook: many
        description: Two thousand steps that all go on at once.
        inputs:
          count: { type: integer, default: 2000 }
          hold: { type: string, default: 20s }
        steps:
          - id: ready
            wait: { signal: go, timeout: 300h }
          - id: each
            title: Every one of them
            forEach: "${ [...Array(inputs.count).keys()] }"
            as: item
            atMost: 400
            steps:
              - id: hold
                wait: { for: "${ inputs.hold }" }
              - id: tell
                run: notify
                with: { url: "", message: "${ 'item ' + item }" }
        """;

    /// <summary>A loop of which one entry of the journal holds thousands of events.</summary>
    public const string ThreeThousand = """
        runbook: three-thousand
        steps:
          - id: many
            forEach: "${ Array.from({ length: 3000 }, (_, i) => i) }"
            as: n
            steps:
              - { id: tell, run: notify, with: { message: "item ${ n }" } }
        """;

    /// <summary>Two thousand steps that are all alive at once and end one after the other: 200 a second where a minute takes a second.</summary>
    public const string Live = """
        runbook: live
        inputs:
          count: { type: integer, default: 2000 }
        steps:
          - id: ready
            wait: { signal: go, timeout: 300h }
          - id: each
            title: Every one of them
            forEach: "${ [...Array(inputs.count).keys()] }"
            as: item
            atMost: 2000
            steps:
              - id: hold
                wait: { for: "${ (120000 + item * 300) + 'ms' }" }
              - id: tell
                run: notify
                with: { url: "", message: "${ 'item ' + item }" }
        """;

    /// <summary>Holds the clusters and lends one, until somebody says that it may go on.</summary>
    public const string Lent = """
        runbook: lent
        locks: ["cluster/*", traffic]
        steps:
          - id: look
            run: fleet.survey
          - id: lend
            run: cluster.shift
            with: { cluster: hz-batch-a, to: transitional, waves: [100%] }
            # On a busy machine the fast night makes metrics look old for a moment.
            retry: { attempts: 20, delay: 30s }
            undo: { run: cluster.shift, with: { cluster: hz-batch-a, to: offline-only } }
          - id: hold
            title: Hold until the peak
            wait: { signal: go-on, timeout: 300h }
        """;

    public const string OneUnit = """
        runbook: one-unit
        locks: ["unit/*"]
        steps:
          - id: build
            run: unit.provision
            with: { unit: cloud-9, kind: cloud, hosts: 2 }
            irreversible: true
        """;

    /// <summary>An input of each type, and what may be said of one.</summary>
    public const string EveryInput = """
        runbook: every-input
        description: Asks for one of each type, and waits.
        inputs:
          place: { type: string, default: hangzhou, description: Which city it is for. }
          share: { type: integer, minimum: 0, maximum: 100, default: 64, unit: "%", description: Of the peak's traffic. }
          ratio: { type: number, default: 0.5 }
          tide: { type: string, enum: [auto, day, night], default: auto }
          sure: { type: boolean, description: Whether anybody is told. }
          loud: { type: boolean, default: false }
          hold: { type: duration, default: 10m }
          at: { type: time, description: When it begins. }
          clusters: { type: array, items: string, default: [hz-batch-a] }
          weights: { type: object, default: { home: 60 } }
          apiKey: { type: string, default: none }
          rules: { type: array, default: [] }
        steps:
          - { id: rest, wait: { for: 1s } }
        """;

    public const string Hears = """
        runbook: hears
        steps:
          - { id: call, title: Wait for the call, wait: { signal: go-on, timeout: 300h } }
        """;

    public static IReadOnlyDictionary<string, string> All { get; } = new Dictionary<string, string>
    {
        ["two-people"] = TwoPeople, ["many"] = Many, ["live"] = Live, ["lent"] = Lent, ["one-unit"] = OneUnit,
        ["three-thousand"] = ThreeThousand, ["every-input"] = EveryInput, ["hears"] = Hears,
    };
}

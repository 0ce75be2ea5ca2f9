using System.Text;
using Orchestrator.Text;
using Orchestrator.Workflows.Language.Expressions;
using Orchestrator.Workflows.Language.Diagnostics;
using Orchestrator.Workflows.Language.Reading;
using Orchestrator.Workflows.Model.Activities;
using Orchestrator.Workflows.Model.Rules;
using Orchestrator.Workflows.Model.Runbooks;

namespace Orchestrator.Workflows.Tests.Runbooks;

public sealed class RunbookReaderTests
{
    [Fact]
    public void A_run_goes_on_with_text_around_a_condition_that_was_legal_when_it_began()
    {
        const string Text = "runbook: old\ninputs:\n  n: { type: integer, default: 2 }\nsteps:\n  - { id: a, when: \"${ inputs.n } > 5\", run: notify, with: { message: hi } }\n  - { id: b, wait: { until: 2026-11-11 00:00 } }\n";
        var reader = new RunbookReader(SampleCatalog.Instance);

        var now = reader.Read("old.yaml", Text);
        var pinned = reader.ReadPinned(Text);

        Assert.Null(now.Runbook);
        Assert.Equal([DiagnosticCodes.ConditionText, DiagnosticCodes.BadTime], now.Diagnostics.Select(diagnostic => diagnostic.Code));
        Assert.Equal(["a", "b"], pinned!.Steps.Select(step => step.Id));
        // Always true, as it was.
        Assert.True(new ExpressionEvaluator().EvaluateCondition(pinned.Steps[0].When!, Scope.Empty.With("inputs", System.Text.Json.JsonElement.Parse("""{ "n": 2 }"""))).IsTruthy);
    }

    internal const string Design = """
        # yaml-language-server: $schema=./runbook.schema.json
        runbook: double-11
        description: Lend the batch clusters to the sale, build the cloud units, give everything back.
        inputs:
          clusters: { type: array, default: [hz-batch-a, hz-batch-b] }
          units:    { type: integer, default: 2, minimum: 0, maximum: 20 }
        triggers:
          - cron: "0 0 20 10 11 ?"
            timeZone: Asia/Shanghai
            misfire: fire-once            # or skip
        locks: [ "cluster/*" ]            # resources held for the whole run; steps may name their own
        onFailure: pause                  # pause (an incident waits for an operator) | undo | continue
        steps:
          - id: lend
            title: Lend 30 % of each batch cluster
            forEach: ${ inputs.clusters }
            as: cluster
            atMost: 2                     # in parallel
            steps:
              - id: shift
                run: cluster.shift
                with:
                  cluster: ${ cluster }
                  to: transitional
                  waves: [ 1%, 10%, 50%, 100% ]
                timeout: 15m
                retry: { attempts: 3, delay: 5s, backoff: 2, maxDelay: 1m }
                undo:
                  run: cluster.shift
                  with: { cluster: "${ cluster }", to: offline-only }
          - id: build
            parallel:                     # branches
              - steps: [ { id: one, run: notify, with: { message: "${ steps.lend.items.length } lent" } } ]
              - id: second
                steps: [ { id: two, run: notify, with: { message: hello } } ]
          - id: forecast
            run: fleet.forecast
          - id: go
            approval:
              title: Go for the peak?
              roles: [ commander, sre-lead ]
              quorum: 2                   # never the person who started the run
              timeout: 30m
              onTimeout: reject           # or escalate: [role], approve is never a default
          - id: degrade
            when: ${ steps.forecast.result.peakCpu > 0.8 }
            run: cluster.shift
            with: { cluster: hz-batch-a, to: peak-degrade, mode: lossless }
            irreversible: true
          - id: until-the-end
            wait: { until: 2026-11-12T01:00:00+08:00 }      # or { for: 10m }, or { signal: name, timeout: 2h }
          - id: tidy
            try:
              - { id: again, repeat: { atMost: 3, until: "${ steps.probe.status == 'done' && round > 1 }", delay: 10s }, steps: [ { id: probe, run: fleet.forecast } ] }
            catch:
              - { id: tell, run: notify, with: { message: "${ error.message }" } }
            finally:
              - { id: bye, if: "${ inputs.units > 0 }", steps: [ { id: free, run: unit.release, with: { unit: u1 }, irreversible: true } ], else: [ { id: rest, wait: { for: 10m } } ] }
          - id: give-back
            runbook: give-back            # a child run
            with: { clusters: "${ inputs.clusters }" }
        """;

    private static readonly RunbookLibrary Library = new(
    [
        new("give-back", new RunbookFile("give-back.yaml", "runbook: give-back\ninputs:\n  clusters: { type: array }\n  note: { type: string, default: x }\nsteps:\n  - { id: n, run: notify, with: { message: hi } }\n")),
        new("loop-b", new RunbookFile("loop-b.yaml", "runbook: loop-b\nsteps:\n  - { id: n, runbook: loop-a }\n")),
        new("loop-a", new RunbookFile("loop-a.yaml", "runbook: loop-a\nsteps:\n  - { id: n, runbook: loop-b }\n")),
        new("tear-down", new RunbookFile("tear-down.yaml", "runbook: tear-down\nsteps:\n  - { id: ask, approval: { title: ok?, roles: [ a ] } }\n  - { id: n, run: unit.release, with: { unit: a }, irreversible: true }\n")),
        new("raze", new RunbookFile("raze.yaml", "runbook: raze\npreauthorised: plan 7\nsteps:\n  - { id: n, run: unit.release, with: { unit: a }, irreversible: true }\n")),
    ]);

    private static RunbookReading Read(string text) => new RunbookReader(SampleCatalog.Instance, null, Library).Read("book.yaml", text);

    [Fact]
    public void A_pinned_version_reads_whatever_has_changed_around_it()
    {
        var valid = Read(Design).Runbook!;
        var changed = new RunbookReader(new ActivityCatalog([]), [new RefuseEverything()], RunbookLibrary.Empty);

        var pinned = changed.ReadPinned(Design)!;

        Assert.Null(changed.Read("book.yaml", Design).Runbook);
        Assert.Equal(valid.Digest, pinned.Digest);
        Assert.Equal(Outline(valid), Outline(pinned));

        static IEnumerable<string> Outline(Runbook runbook) =>
            runbook.Steps.Flatten().Select(step => $"{step.GetType().Name} {step.Id} {(step as RunStep)?.Activity} {(step as RunStep)?.Undo?.Activity} {(step as RunbookStep)?.Runbook}");
    }

    [Fact]
    public void A_pinned_version_that_the_grammar_no_longer_knows_is_not_read_by_halves() =>
        Assert.Null(new RunbookReader(SampleCatalog.Instance).ReadPinned("runbook: a\nsteps:\n  - { id: n, run: notify, with: { message: hi }, oldKey: 3 }\n"));

    private sealed class RefuseEverything : IRunbookRule
    {
        public IEnumerable<Diagnostic> Check(Runbook runbook, RuleContext context) => [context.Error(new Position(1, 1), DiagnosticCodes.NeedsUndo, "no")];
    }

    [Fact]
    public void The_example_of_the_design_is_valid_and_reads_as_it_says()
    {
        var reading = Read(Design);

        Assert.Empty(reading.Diagnostics);
        var runbook = reading.Runbook!;
        Assert.Equal("double-11", runbook.Name);
        Assert.Equal(64, runbook.Digest.Length);
        Assert.Equal(["lend", "build", "forecast", "go", "degrade", "until-the-end", "tidy", "give-back"], runbook.Steps.Select(step => step.Id));
        var lend = Assert.IsType<ForEachStep>(runbook.Steps[0]);
        Assert.Equal(("cluster", 2), (lend.As, lend.AtMost));
        var shift = Assert.IsType<RunStep>(lend.Steps[0]);
        Assert.Equal(TimeSpan.FromMinutes(15), shift.Timeout);
        Assert.Equal(new RetryPolicy(3, TimeSpan.FromSeconds(5), 2, TimeSpan.FromMinutes(1), 0.2), shift.Retry);
        Assert.IsType<ExpressionTemplate>(Assert.IsType<MapTemplate>(shift.With).Entries[0].Value);
        Assert.Equal("cluster.shift", shift.Undo!.Activity);
        Assert.Equal(["1", "second"], Assert.IsType<ParallelStep>(runbook.Steps[1]).Branches.Select(branch => branch.Id));
        var go = Assert.IsType<ApprovalStep>(runbook.Steps[3]);
        Assert.Equal((2, TimeSpan.FromMinutes(30)), (go.Quorum, go.Timeout!.Value));
        Assert.Equal(3, Assert.IsType<RepeatStep>(Assert.IsType<TryStep>(runbook.Steps[6]).Steps[0]).AtMost);
        Assert.Equal("Asia/Shanghai", Assert.Single(runbook.Triggers).TimeZone);
    }

    private const string Tail = "steps: [ { id: a, wait: { for: 1s } } ]\n";
    private const string Head = "runbook: b\nsteps:\n";

    public static TheoryData<string, string, int, int, string> Bad => new()
    {
        { "", "RB004", 1, 1, "holds nothing" },
        { "# only a comment\n", "RB004", 1, 1, "holds nothing" },
        { "hello", "RB103", 1, 1, "a mapping" },
        { "runbook: b\nsteps: [ {id: a\n", "RB005", 3, 1, "not YAML" },
        { "runbook: b\nsteps:\n  - id: a\n    forEach: ${ Array.from({ length: 3 }) }\n    steps: [ { id: b, wait: { for: 1s } } ]\n", "RB005", 4, 36, "must stand in quotes" },
        { "runbook: b\nsteps:\n\t- id: a\n", "RB006", 3, 1, "tab" },
        { "runbook: b\nx: &a 1\nsteps: *a\n", "RB007", 2, 4, "anchor" },
        { "runbook: b\nsteps: []\n---\nrunbook: c\n", "RB008", 3, 1, "second document" },
        { "runbook: b\nrunbook: c\n", "RB010", 2, 1, "twice" },
        { "runbook: !!int b\n", "RB011", 1, 10, "tag" },
        { "runbook: b\ndescripton: x\n", "RB101", 2, 1, "did you mean description?" },
        { "runbook: b\n", "RB102", 1, 1, "needs steps" },
        { "runbook: B_1\n", "RB105", 1, 10, "lower-case" },
        { "runbook: b\nsteps: 5\n", "RB103", 2, 8, "list of steps" },
        { "runbook: b\nsteps: []\n", "RB118", 2, 8, "no step" },
        { "runbook: b\nonFailure: pasue\n", "RB104", 2, 12, "did you mean pause?" },
        { "runbook: b\nlocks: [ \"a*b\" ]\n", "RB115", 2, 12, "end of a lock" },
        { "runbook: b\npreauthorised: true\n", "RB104", 2, 16, "says why" },
        { "runbook: b\ntriggers:\n  - cron: \"0 0 20 10 11\"\n", "RB113", 3, 11, "5 fields" },
        { "runbook: b\ntriggers:\n  - cron: \"0 0 25 10 11 ?\"\n", "RB113", 3, 11, "hours" },
        { "runbook: b\ntriggers:\n  - cron: \"0 0 20 10 11 *\"\n", "RB113", 3, 11, "exactly one" },
        { "runbook: b\ntriggers:\n  - { cron: \"0 0 20 10 11 ?\", timeZone: Asia/Shangai }\n", "RB114", 3, 41, "did you mean Asia/Shanghai?" },
        { "runbook: b\ninputs:\n  n: { type: integer }\ntriggers: [ { cron: \"0 0 20 10 11 ?\" } ]\nsteps:\n  - { id: a, wait: { for: 1s } }\n", "RB503", 3, 3, "the trigger in line 4" },
        { "runbook: b\ninputs:\n  n: { type: integer, default: many }\n", "RB116", 3, 32, "whole number" },
        { "runbook: b\ninputs:\n  n: { type: integer, default: 9, maximum: 3 }\n", "RB116", 3, 32, "at most 3" },
        { "runbook: b\ninputs:\n  n: { type: intger }\n", "RB104", 3, 14, "did you mean integer?" },
        { Head + "  - { run: notify, with: { message: a } }\n", "RB102", 3, 5, "needs id" },
        { Head + "  - { id: a, run: notify, with: { message: a } }\n  - { id: a, run: notify, with: { message: a } }\n", "RB106", 4, 11, "taken" },
        { Head + "  - id: a\n", "RB107", 3, 5, "does nothing" },
        { Head + "  - { id: a, run: notify, wait: { for: 1m }, with: { message: a } }\n", "RB108", 3, 27, "make two steps" },
        { Head + "  - { id: a b, run: notify, with: { message: a } }\n", "RB105", 3, 11, "letters" },
        { Head + "  - { id: a, run: notify, with: { message: a }, timeout: 15 minutes }\n", "RB109", 3, 58, "15m" },
        { Head + "  - { id: a, run: notify, with: { message: a }, timeuot: 15m }\n", "RB101", 3, 49, "did you mean timeout?" },
        { Head + "  - { id: a, wait: { for: 1m }, retry: { attempts: 2 } }\n", "RB101", 3, 33, "belongs to run steps" },
        { Head + "  - { id: a, run: notify, with: { message: a }, retry: { attempts: 0 } }\n", "RB110", 3, 68, "from 1" },
        { Head + "  - { id: a, repeat: { until: \"${ true }\" }, steps: [ { id: b, wait: { for: 1s } } ] }\n", "RB111", 3, 22, "needs atMost" },
        { Head + "  - { id: a, approval: { title: x, roles: [ c ], timeout: 1m, onTimeout: approve } }\n", "RB112", 3, 74, "silence" },
        { Head + "  - { id: a, approval: { title: x, roles: [], quorum: 1 } }\n", "RB118", 3, 43, "nobody" },
        { Head + "  - { id: a, approval: { title: x, roles: [ c ], quorum: none } }\n", "RB103", 3, 58, "whole number" },
        { Head + "  - { id: a, approval: { title: x, roles: [ \"c d\" ] } }\n", "RB105", 3, 45, "names" },
        { Head + "  - { id: a, wait: { until: tomorrow } }\n", "RB117", 3, 29, "ISO 8601" },
        { Head + "  - { id: a, wait: { for: 1m, signal: x } }\n", "RB108", 3, 20, "exactly one" },
        { Head + "  - { id: a, forEach: [ 1 ], as: steps, steps: [ { id: b, wait: { for: 1s } } ] }\n", "RB105", 3, 34, "meaning" },
        { Head + "  - { id: a, forEach: nothing, steps: [ { id: b, wait: { for: 1s } } ] }\n", "RB103", 3, 23, "forEach" },
        { Head + "  - { id: a, when: yes please, wait: { for: 1s } }\n", "RB103", 3, 20, "always true" },
        { Head + "  - { id: a, run: notify, with: { message: \"x ${ 1 + \" } }\n", "RB201", 3, 47, "close it" },
        { Head + "  - { id: a, run: notify, with: { message: \"${ 1 + }\" } }\n", "RB202", 3, 52, "no expression" },
        { Head + "  - { id: a, run: notify, with: { message: \"${ input.x }\" } }\n", "RB203", 3, 48, "did you mean inputs?" },
        { Head + "  - { id: a, run: notify, with: { message: \"${ steps.b.result }\" } }\n", "RB204", 3, 54, "no step b" },
        { Head + "  - { id: a, when: \"${ steps.b }\", wait: { for: 1s } }\n  - { id: b, wait: { for: 1s } }\n", "RB205", 3, 30, "line 4" },
        { "runbook: b\ninputs: { units: { type: integer } }\nsteps:\n  - { id: a, when: \"${ inputs.unit }\", wait: { for: 1s } }\n", "RB206", 4, 31, "did you mean units?" },
        { Head + "  - { id: a, run: fleet.forecast }\n  - { id: b, when: \"${ steps.a.result.peakCup > 1 }\", wait: { for: 1s } }\n", "RB207", 4, 39, "did you mean peakCpu?" },
        { Head + "  - { id: a, when: \"${ Date.now() > 1 }\", wait: { for: 1s } }\n", "RB208", 3, 24, "replay" },
        { Head + "  - { id: a, when: \"${ (() => { while (true) {} })() }\", wait: { for: 1s } }\n", "RB209", 3, 23, "does not end" },
        { Head + "  - { id: a, run: cluster.shfit }\n", "RB301", 3, 19, "did you mean cluster.shift?" },
        { Head + "  - { id: a, run: notify, with: {} }\n", "RB302", 3, 33, "needs message" },
        { Head + "  - { id: a, run: notify }\n", "RB302", 3, 14, "needs message" },
        { Head + "  - { id: a, run: notify, with: { mesage: x, message: y } }\n", "RB303", 3, 35, "did you mean message?" },
        { Head + "  - { id: a, run: notify, with: { message: [ 1 ] } }\n", "RB304", 3, 44, "must be a text, not a list" },
        { Head + "  - { id: a, run: notify, with: { message: 5 } }\n", "RB304", 3, 44, "not a number (5)" },
        { Head + "  - { id: a, run: cluster.shift, irreversible: true, with: { cluster: x, to: transitonal } }\n", "RB305", 3, 78, "did you mean transitional?" },
        { Head + "  - { id: a, run: cluster.shift, irreversible: true, with: { cluster: x, to: transitional, concurrency: 500 } }\n", "RB306", 3, 105, "from 1 to 100" },
        { Head + "  - { id: a, run: cluster.shift, irreversible: true, with: { cluster: x, to: transitional, settle: soon } }\n", "RB305", 3, 100, "duration" },
        { Head + "  - { id: a, run: cluster.shift, irreversible: true, with: { cluster: x, to: transitional, waves: [ a, 1 ] } }\n", "RB304", 3, 104, "waves[1]" },
        { Head + "  - { id: a, run: notify, with: { message: x }, workers: { region: not a word } }\n", "RB103", 3, 68, "must be a word" },
        { Head + "  - { id: a, run: notify, with: { message: x }, workers: { \"a b\": c } }\n", "RB103", 3, 60, "no name of a tag" },
        { Head + "  - { id: a, runbook: give-bak }\n", "RB401", 3, 23, "did you mean give-back?" },
        { Head + "  - { id: a, runbook: loop-a }\n", "RB402", 3, 5, "loop-a -> loop-b -> loop-a" },
        { "runbook: loop-a\nsteps:\n  - { id: n, runbook: loop-b }\n", "RB402", 3, 5, "loop-a -> loop-b -> loop-a" },
        { Head + "  - { id: a, runbook: give-back }\n", "RB404", 3, 23, "needs the input clusters" },
        { Head + "  - { id: a, runbook: give-back, with: { clusters: [], nte: x } }\n", "RB405", 3, 56, "did you mean note?" },
        { Head + "  - { id: a, runbook: give-back, with: { clusters: 3 } }\n", "RB406", 3, 52, "must be a list" },
        { Head + "  - { id: a, run: unit.release, with: { unit: u }, irreversible: true }\n", "RB501", 3, 5, "approval" },
        { Head + "  - { id: a, run: cluster.shift, with: { cluster: x, to: transitional } }\n", "RB502", 3, 5, "irreversible: true" },
        { "runbook: b\ninputs: { name: { type: string, unit: hosts } }\n" + Tail, "RB104", 2, 33, "unit goes with numbers" },
        { "runbook: b\ninputs: { hosts: { type: integer, unit: \"\" } }\n" + Tail, "RB104", 2, 35, "a short word" },
        { Head + "  - { id: a, approval: { title: \"\", roles: [ b ] } }\n", "RB522", 3, 33, "title: \"Go for the peak?\"" },
        { Head + "  - { id: a, steps: [ { id: b, approval: { title: \"  \", roles: [ b ] } } ] }\n", "RB522", 3, 51, "step b" },
    };

    [Theory]
    [InlineData("{ type: integer, unit: \"%\", default: 64 }", "%")]
    [InlineData("{ type: array, items: number, unit: cores }", "cores")]
    [InlineData("{ type: integer }", null)]
    public void An_input_says_what_its_numbers_count(string declared, string? unit)
    {
        var reading = Read($"runbook: b\ninputs: {{ amount: {declared} }}\n{Tail}");

        Assert.Equal(unit, Assert.Single(reading.Runbook!.Inputs).Unit);
    }

    [Theory]
    [InlineData("[]", true)]
    [InlineData("${ [] }", true)]
    [InlineData("\"${ Array.from({ length: 0 }, (_, i) => i) }\"", true)]
    [InlineData("\"${ [ 1, 2 ].filter(one => one > 2) }\"", true)]
    [InlineData("[ a ]", false)]
    [InlineData("${ inputs.list }", false)]
    [InlineData("\"${ inputs.list.slice(1) }\"", false)]
    public void A_loop_over_nothing_is_warned_of(string items, bool warned)
    {
        var reading = Read($"runbook: b\ninputs: {{ list: {{ type: array, default: [] }} }}\nsteps:\n  - id: a\n    forEach: {items}\n    steps: [ {{ id: s, wait: {{ for: 1s }} }} ]\n");

        Assert.NotNull(reading.Runbook);
        Assert.Equal(warned ? ["5 Warning RB521"] : [], reading.Diagnostics.Select(diagnostic => $"{diagnostic.Position.Line} {diagnostic.Severity} {diagnostic.Code}"));
    }

    [Theory]
    [MemberData(nameof(Bad))]
    public void A_mistake_is_told_with_its_place_and_a_mend(string text, string code, int line, int column, string words)
    {
        var reading = Read(text);

        Assert.Null(reading.Runbook);
        var diagnostic = reading.Diagnostics.FirstOrDefault(diagnostic => diagnostic.Code == code);
        Assert.True(diagnostic is not null, string.Join("\n", reading.Diagnostics));
        Assert.Contains(words, diagnostic.Message, StringComparison.Ordinal);
        Assert.Equal($"{line}:{column}", $"{diagnostic.Position.Line}:{diagnostic.Position.Column}");
    }

    [Fact]
    public void Every_diagnostic_is_told_at_once_in_the_order_of_the_file()
    {
        var reading = Read("runbook: B\nlokcs: []\nsteps:\n  - id: a\n    run: notfy\n    timeout: soon\n  - id: a\n    wait: { for: ever }\n");

        Assert.Equal(["RB105", "RB101", "RB301", "RB109", "RB106", "RB109"], reading.Diagnostics.Select(diagnostic => diagnostic.Code));
        Assert.Equal("book.yaml:2:1: error RB101: a runbook has no lokcs; did you mean locks?", reading.Diagnostics[1].ToString());
    }

    [Theory]
    [InlineData("parallel: [ { steps: [ { id: ask, approval: { title: ok?, roles: [ a ] } } ] }, { steps: [ { id: x, run: unit.release, with: { unit: u }, irreversible: true } ] } ]", false)]
    [InlineData("steps: [ { id: ask, when: \"${ inputs.go }\", approval: { title: ok?, roles: [ a ] } }, { id: x, run: unit.release, with: { unit: u }, irreversible: true } ]", false)]
    [InlineData("steps: [ { id: ask, approval: { title: ok?, roles: [ a ] } }, { id: x, run: unit.release, with: { unit: u }, irreversible: true } ]", true)]
    [InlineData("steps: [ { id: c, if: \"${ inputs.go }\", steps: [ { id: ask, approval: { title: ok?, roles: [ a ] } } ] }, { id: x, run: unit.release, with: { unit: u }, irreversible: true } ]", false)]
    [InlineData("steps: [ { id: c, if: \"${ inputs.go }\", steps: [ { id: ask, approval: { title: ok?, roles: [ a ] } } ], else: [ { id: ask2, approval: { title: ok?, roles: [ a ] } } ] }, { id: x, run: unit.release, with: { unit: u }, irreversible: true } ]", true)]
    [InlineData("steps: [ { id: c, forEach: [ x ], steps: [ { id: ask, approval: { title: ok?, roles: [ a ] } } ] }, { id: x, run: unit.release, with: { unit: u }, irreversible: true } ]", false)]
    [InlineData("steps: [ { id: c, try: [ { id: ask, approval: { title: ok?, roles: [ a ] } } ], catch: [ { id: x, run: unit.release, with: { unit: u }, irreversible: true } ] } ]", false)]
    [InlineData("steps: [ { id: c, runbook: tear-down }, { id: x, run: unit.release, with: { unit: u }, irreversible: true } ]", true)]
    [InlineData("steps: [ { id: c, runbook: raze } ]", true)]
    public void A_destructive_step_needs_an_approval_on_every_way(string block, bool valid)
    {
        var reading = Read($"runbook: b\ninputs: {{ go: {{ type: boolean }} }}\nsteps:\n  - id: all\n    {block}\n");

        Assert.Equal(valid ? [] : ["RB501"], reading.Diagnostics.Select(diagnostic => diagnostic.Code));
    }

    [Fact]
    public void An_expression_over_many_lines_keeps_its_places()
    {
        var reading = Read(Head + "  - id: a\n    run: notify\n    with:\n      message: |\n        hello\n          ${ 1 +\n             nope }\n");

        Assert.Equal(["book.yaml:9:14"], reading.Diagnostics.Select(diagnostic => diagnostic.ToString()[..14]));
    }

    [Fact]
    public void Escapes_before_an_expression_do_not_shift_its_place()
    {
        var reading = Read(Head + "  - { id: a, run: notify, with: { message: \"a\\t\\u00e9\\\"b ${ nope }\" } }\n  - { id: b, run: notify, with: { message: 'it''s ${ nope }' } }\n");

        Assert.Equal([(3, 61), (4, 54)], reading.Diagnostics.Select(diagnostic => (diagnostic.Position.Line, diagnostic.Position.Column)));
    }

    [Fact]
    public void Binary_large_deep_and_growing_files_are_refused()
    {
        var reader = new RunbookReader(SampleCatalog.Instance);

        Assert.Equal("RB003", Assert.Single(reader.Read("x", [0x7f, 0x45, 0x4c, 0x46, 0, 1, 2]).Diagnostics).Code);
        Assert.Equal("RB003", Assert.Single(reader.Read("x", [.. "runbook: "u8, 0xff, 0xfe]).Diagnostics).Code);
        Assert.Equal("RB002", Assert.Single(reader.Read("x", new byte[2_000_000]).Diagnostics).Code);
        Assert.Equal("RB009", Assert.Single(reader.Read("x", "runbook: b\nsteps: " + new string('[', 5_000)).Diagnostics).Code);
        var laughs = new StringBuilder("a: &a [ x, x ]\n");
        for (var c = 'b'; c < 'z'; c++)
        {
            laughs.Append($"{c}: &{c} [ *{(char)(c - 1)}, *{(char)(c - 1)} ]\n");
        }

        Assert.Contains(reader.Read("x", laughs.ToString()).Diagnostics, diagnostic => diagnostic.Code == "RB007");
    }

    [Fact]
    public void A_file_of_50_MB_is_refused_by_its_size_and_a_missing_one_by_name()
    {
        var path = Path.GetTempFileName();
        try
        {
            using (var file = File.OpenWrite(path))
            {
                file.SetLength(50 * 1024 * 1024);
            }

            var before = GC.GetAllocatedBytesForCurrentThread();
            var reading = new RunbookReader(SampleCatalog.Instance).ReadFile(path, "big.yaml");

            Assert.Equal("RB002", Assert.Single(reading.Diagnostics).Code);
            Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1_000_000);
        }
        finally
        {
            File.Delete(path);
        }

        Assert.Equal("RB001", Assert.Single(new RunbookReader(SampleCatalog.Instance).ReadFile("/no/such.yaml").Diagnostics).Code);
    }
}

using System.Collections.Immutable;
using Microsoft.Extensions.DependencyInjection;
using Orchestrator.Text;
using Orchestrator.Workflows.Hosting;
using Orchestrator.Workflows.Language.Reading;
using Orchestrator.Workflows.Model.Activities;
using Orchestrator.Workflows.Model.Rules;

namespace Orchestrator.Activities.Tests;

public sealed class RuleTests
{
    [Fact]
    public void A_move_from_offline_only_to_stress_test_is_told_with_its_place_and_a_mend()
    {
        var diagnostic = Assert.Single(Read(Shift("a", "stress-test")));

        Assert.Equal(("AC101", Severity.Error, 5), (diagnostic.Code, diagnostic.Severity, diagnostic.Position.Line));
        Assert.Contains("offline-only → stress-test is not a legal move", diagnostic.Message, StringComparison.Ordinal);
        Assert.Contains("through: true", diagnostic.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Moves_are_followed_from_step_to_step() =>
        Assert.Equal(["AC101"], Codes(Shift("a", "transitional"), Shift("b", "stress-test"), Shift("c", "transitional"), Shift("d", "peak-degrade, mode: lossless")));

    [Fact]
    public void Each_cluster_is_followed_by_itself() =>
        Assert.Equal(["AC101"], Codes(Shift("a", "transitional"), Shift("b", "stress-test", cluster: "other")));

    [Fact]
    public void After_a_survey_the_first_move_is_taken_as_it_comes_and_the_next_is_checked() =>
        Assert.Equal(["AC101"], Codes("{ id: look, run: fleet.survey, with: {} }", Shift("a", "peak-degrade"), Shift("b", "transitional")));

    [Fact]
    public void The_same_list_looped_over_twice_means_the_same_clusters() =>
        Assert.Equal(["AC101"], Codes(Loop("one", "transitional"), Loop("two", "peak-degrade")));

    [Fact]
    public void Branches_are_joined_and_some_illegal_ways_are_a_warning()
    {
        var diagnostics = Read(
            "{ id: choose, if: '${ inputs.flag }', steps: [ " + Shift("a", "transitional") + " ] }",
            Shift("b", "stress-test"));

        Assert.Equal(Severity.Warning, Assert.Single(diagnostics).Severity);
    }

    [Fact]
    public void An_undo_that_is_no_legal_way_back_is_told() =>
        Assert.Equal(["AC101"], Codes(
            Shift("a", "transitional"),
            "{ id: b, run: cluster.shift, with: { cluster: lend, to: stress-test }, undo: { run: cluster.shift, with: { cluster: lend, to: offline-only } } }"));

    [Fact]
    public void Going_through_is_always_legal() => Assert.Empty(Read(Shift("a", "stress-test, through: true")));

    [Theory]
    [InlineData("metrics.query", "query: up", null)]
    [InlineData("metrics.query", "name: requests", null)]
    [InlineData("metrics.query", "unknown: allow", "give either query, in PromQL, or name")]
    [InlineData("metrics.query", "query: up, name: requests", "give either query, in PromQL, or name")]
    [InlineData("metrics.watch", "query: up, least: 1", null)]
    [InlineData("metrics.watch", "query: up, least: '${ inputs.flag ? 1 : 2 }', most: 0", null)]
    [InlineData("metrics.watch", "query: up", "give least, most or both")]
    [InlineData("metrics.watch", "query: up, least: 2, most: 1", "turn the bounds round")]
    [InlineData("metrics.watch", "query: up, most: 1, interval: 500ms", "below 1 s")]
    [InlineData("metrics.watch", "query: up, most: 1, interval: 10m", "nothing would be watched")]
    [InlineData("metrics.watch", "query: up, most: 1, duration: 10s", "nothing would be watched")]
    public void Questions_to_the_metrics_that_cannot_be_are_told(string activity, string with, string? says)
    {
        var diagnostics = Read($"{{ id: a, run: {activity}, with: {{ {with} }} }}");

        if (says is null)
        {
            Assert.Empty(diagnostics);
        }
        else
        {
            var diagnostic = Assert.Single(diagnostics);
            Assert.Equal("AC106", diagnostic.Code);
            Assert.Contains(says, diagnostic.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("waves: [10%, 50%]", "100%")]
    [InlineData("waves: [50%, 10%, 100%]", "must be greater")]
    [InlineData("maxUnavailable: some", "as in 5%")]
    [InlineData("maxUnavailable: 120%", "as in 5%")]
    [InlineData("waive: { rehersal: because }", "rehearsal")]
    [InlineData("waive: { lease: because }", "never be waived")]
    public void Constants_of_a_shift_are_checked(string argument, string expected)
    {
        var diagnostic = Assert.Single(Read(Shift("a", "transitional, " + argument)));

        Assert.Equal("AC102", diagnostic.Code);
        Assert.Contains(expected, diagnostic.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_unit_that_nothing_built_is_not_released() =>
        Assert.Equal(["AC103"], Codes("{ id: ask, approval: { title: Release?, roles: [commander] } }", "{ id: r, run: unit.release, with: { unit: u-1 }, irreversible: true }"));

    [Theory]
    [InlineData("weights: { home: 90, u: 5 }", "sum to 95")]
    [InlineData("weights: { home: 110, u: -10 }", "below 0")]
    [InlineData("spread: [ { units: [u], percent: 70 }, { units: [v], percent: 60 } ]", "130 %")]
    [InlineData("", "either weights")]
    public void Traffic_that_cannot_be_divided_so_is_told(string argument, string expected)
    {
        var diagnostic = Assert.Single(Read($"{{ id: t, run: traffic.shift, with: {{ {argument} }}, irreversible: true }}"));

        Assert.Equal("AC104", diagnostic.Code);
        Assert.Contains(expected, diagnostic.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "", "locks: [ \"cluster/lend\" ]")]
    [InlineData("traffic", "", "locks: [ \"cluster/lend\" ]")]
    [InlineData("cluster/other", "", "locks: [ \"cluster/lend\" ]")]
    [InlineData("", "unit/*", "locks: [ \"cluster/lend\" ]")]
    [InlineData("cluster/lend", "", null)]
    [InlineData("cluster/*", "", null)]
    [InlineData("*", "", null)]
    [InlineData("", "cluster/le*", null)]
    [InlineData("", "cluster/${ inputs.list[0] }", null)]
    public void A_shift_that_no_lock_covers_is_warned_of_with_the_lock_it_lacks(string ofTheRunbook, string around, string? lacks)
    {
        var block = $"{{ id: around, locks: [ {Quoted(around)} ], steps: [ {Shift("a", "transitional")} ] }}";

        var diagnostics = ReadWith(Quoted(ofTheRunbook), block);

        Assert.Equal(lacks is null ? [] : ["AC105"], diagnostics.Select(diagnostic => diagnostic.Code));
        Assert.All(diagnostics, diagnostic => Assert.Equal(Severity.Warning, diagnostic.Severity));
        Assert.All(diagnostics, diagnostic => Assert.Contains(lacks!, diagnostic.Message, StringComparison.Ordinal));

        static string Quoted(string name) => name.Length == 0 ? "" : $"\"{name}\"";
    }

    [Theory]
    [InlineData("hz-batch-a", "\"cluster/hz-batch-a\"")]
    [InlineData("\"${ c }\"", "\"cluster/${ c }\"")]
    [InlineData("\"${ 'hz-' + c }\"", "\"cluster/${ 'hz-' + c }\"")]
    [InlineData("'${ \"hz-\" + c }'", "\"cluster/*\"")]
    public void The_mend_of_a_missing_lock_makes_the_runbook_sound_in_lines_and_in_braces(string cluster, string resource)
    {
        const string head = "runbook: rule\nsteps:\n  - id: each\n    forEach: [ a, b ]\n    as: c\n    steps:\n";
        foreach (var text in new[]
        {
            $"{head}      - id: move\n        run: cluster.shift\n        with: {{ cluster: {cluster}, to: transitional }}\n        irreversible: true\n",
            $"{head}      - {{ id: move, run: cluster.shift, with: {{ cluster: {cluster}, to: transitional }}, irreversible: true }}\n",
        })
        {
            var fix = Assert.Single(ReadText(text)).Fix!;

            var lines = text.Split('\n');
            lines[fix.From.Line - 1] = lines[fix.From.Line - 1].Insert(fix.From.Column - 1, fix.Text);
            var repaired = string.Join('\n', lines);

            Assert.Contains($"locks: [ {resource} ]", repaired, StringComparison.Ordinal);
            Assert.Empty(ReadText(repaired));
        }
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("\"cluster/a\"", false)]
    public void A_watch_that_may_heal_needs_the_lock_too(string held, bool warned) =>
        Assert.Equal(warned ? ["AC105"] : [], ReadWith(held, "{ id: hold, run: cluster.watch, with: { cluster: a } }").Select(diagnostic => diagnostic.Code));

    private static string Shift(string id, string to, string cluster = "lend") =>
        $"{{ id: {id}, run: cluster.shift, with: {{ cluster: {cluster}, to: {to} }}, irreversible: true }}";

    private static string Loop(string id, string to) =>
        $"{{ id: {id}, forEach: '${{ inputs.list }}', as: c, steps: [ {{ id: s, run: cluster.shift, with: {{ cluster: '${{ c }}', to: {to} }}, irreversible: true }} ] }}";

    private static IEnumerable<string> Codes(params string[] steps) => Read(steps).Select(diagnostic => diagnostic.Code);

    private static ImmutableArray<Diagnostic> Read(params string[] steps) => ReadWith("\"cluster/*\"", steps);

    private static ImmutableArray<Diagnostic> ReadWith(string locks, params string[] steps) => ReadText($$"""
        runbook: rule
        inputs: { flag: { type: boolean, default: true }, list: { type: array, default: [] } }
        locks: [ {{locks}} ]
        steps:
        {{string.Join('\n', steps.Select(step => $"  - {step}"))}}
        """);

    private static ImmutableArray<Diagnostic> ReadText(string text)
    {
        using var services = new ServiceCollection().AddLogging().AddWorkflows().AddActivities().BuildServiceProvider();
        var reader = new RunbookReader(services.GetRequiredService<ActivityCatalog>(), services.GetServices<IRunbookRule>());
        return reader.Read("rule.yaml", text).Diagnostics;
    }
}

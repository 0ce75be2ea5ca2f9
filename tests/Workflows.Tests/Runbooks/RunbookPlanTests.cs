using System.Text.Json;
using System.Text.Json.Nodes;
using CsCheck;
using Orchestrator.Text;
using Orchestrator.Workflows.Language;
using Orchestrator.Workflows.Language.Inputs;
using Orchestrator.Workflows.Language.Planning;
using Orchestrator.Workflows.Language.Reading;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Tests.Runbooks;

public sealed class RunbookPlanTests
{
    private static readonly RunbookLibrary Library = new(
    [
        new("give-back", new RunbookFile("give-back.yaml", "runbook: give-back\ninputs:\n  clusters: { type: array }\nsteps:\n  - { id: each, forEach: \"${ inputs.clusters }\", steps: [ { id: n, run: notify, with: { message: \"${ item }\" } } ] }\n")),
    ]);

    private static readonly RunbookReader Reader = new(SampleCatalog.Instance, null, Library);

    private static RunbookPlan Plan(string text, params string[] inputs)
    {
        var reading = Reader.Read("book.yaml", text);
        Assert.Empty(reading.Diagnostics);
        var binding = InputBinder.BindTexts(reading.Runbook!, inputs);
        Assert.Empty(binding.Diagnostics);
        return RunbookPlan.Create(reading.Runbook!, binding.Inputs, SampleCatalog.Instance, name => Reader.FindChild(name), "book.yaml");
    }

    [Fact]
    public void A_plan_expands_loops_and_children_and_names_what_cannot_be_undone()
    {
        var plan = Plan(RunbookReaderTests.Design, "clusters=a,b");

        Assert.Empty(plan.Diagnostics);
        Assert.Equal(["cluster/*"], plan.Locks);
        var paths = plan.Lines.Select(line => line.Path).ToList();
        Assert.Contains("lend/a/shift", paths);
        Assert.Contains("lend/b/shift", paths);
        Assert.Contains("give-back/each/a/n", paths);
        var shift = plan.Lines.First(line => line.Path == "lend/a/shift");
        Assert.Equal("""{"cluster":"a","to":"transitional","waves":["1%","10%","50%","100%"]}""", shift.Arguments!.Value.GetRawText());
        Assert.Equal(("cluster.shift", false), (shift.Undo, shift.Irreversible));
        Assert.Equal("${ steps.forecast.result.peakCpu > 0.8 }", plan.Lines.First(line => line.Path == "degrade").When);
        Assert.Equal(["degrade", "tidy/bye/free"], plan.Irreversible);
        Assert.Equal(2, plan.Lines.First(line => line.Path == "go").Quorum);
        Assert.NotEmpty(WorkflowJson.ToElement(plan).GetRawText());
    }

    [Fact]
    public void An_expression_over_the_inputs_that_never_ends_is_told_before_the_run()
    {
        var plan = Plan("runbook: b\ninputs: { n: { type: integer, default: 1 } }\nsteps:\n  - { id: a, run: notify, with: { message: \"${ (() => { while (inputs.n) {} })() }\" } }\n");

        var diagnostic = Assert.Single(plan.Diagnostics);
        Assert.Equal(("RB209", 4), (diagnostic.Code, diagnostic.Position.Line));
    }

    [Theory]
    [InlineData("units=3", null)]
    [InlineData("units=99", "IN104")]
    [InlineData("units=many", "IN103")]
    [InlineData("unit=3", "IN101")]
    [InlineData("nonsense", "IN106")]
    [InlineData("clusters=[\"a\"]", null)]
    [InlineData("clusters=a,b", null)]
    public void Inputs_are_read_by_their_declared_types(string text, string? code)
    {
        var runbook = Reader.Read("b", RunbookReaderTests.Design).Runbook!;

        Assert.Equal(code, InputBinder.BindTexts(runbook, [text]).Diagnostics.FirstOrDefault()?.Code);
    }

    [Fact]
    public void Missing_and_wrong_inputs_are_told_together()
    {
        var runbook = Reader.Read("b", "runbook: b\ninputs:\n  a: { type: string }\n  c: { type: string, enum: [ x, y ] }\n  t: { type: duration, default: 5m }\nsteps:\n  - { id: w, wait: { for: 1s } }\n").Runbook!;

        Assert.Equal(["IN101", "IN102", "IN105"], InputBinder.Bind(runbook, JsonElement.Parse("""{"c":"z","q":1}""")).Diagnostics.Select(diagnostic => diagnostic.Code));
        Assert.Equal("""{"a":"1","c":"y","t":"5m"}""", InputBinder.BindTexts(runbook, ["a=1", "c=y"]).Inputs.GetRawText());
    }

    [Fact]
    public void The_schema_names_every_activity_and_is_the_same_each_time()
    {
        var text = RunbookSchema.Text(SampleCatalog.Instance);

        Assert.Equal(text, RunbookSchema.Text(SampleCatalog.Instance));
        var schema = JsonNode.Parse(text)!;
        Assert.Equal(["cluster.shift", "fleet.forecast", "notify", "unit.release"], schema["$defs"]!["activity"]!["oneOf"]!.AsArray().Select(one => one!["const"]!.GetValue<string>()));
        Assert.NotNull(schema["$defs"]!["with.cluster.shift"]!["properties"]!["cluster"]);
    }

    [Fact]
    public void The_reader_never_throws_whatever_is_done_to_a_file()
    {
        var change = Gen.Select(Gen.Int[0, RunbookReaderTests.Design.Length - 1], Gen.Int[0, 12], Gen.OneOf(new[] { "", ":", "- ", "{", "}", "[", "]", "\"", "'", "${", "}", "\t", "\n", "&a ", "*a", "!!x ", "|", "#", "null", "steps: ", "é", "?" }.Select(Gen.Const).ToArray()));

        Gen.Select(change, change, change).Sample(
            changes =>
            {
                var text = RunbookReaderTests.Design;
                foreach (var (at, length, put) in new[] { changes.Item1, changes.Item2, changes.Item3 })
                {
                    var from = Math.Min(at, text.Length);
                    text = text[..from] + put + text[Math.Min(text.Length, from + length)..];
                }

                var reading = Reader.Read("fuzz.yaml", text);
                return reading.IsValid != reading.Diagnostics.Any(diagnostic => diagnostic.Severity == Severity.Error) && reading.Diagnostics.All(diagnostic => diagnostic.Position is { Line: > 0, Column: > 0 });
            },
            iter: 1_500);
    }
}

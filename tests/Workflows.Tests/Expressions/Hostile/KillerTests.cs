using System.Globalization;
using System.Text.Json;
using Orchestrator.Workflows.Expressions;
using Orchestrator.Workflows.Runbooks;
using Orchestrator.Workflows.Tasks;

namespace Orchestrator.Workflows.Tests.Expressions.Hostile;

/// <summary>Expressions that were found to end the process or to take minutes, each with what is said of it now.</summary>
public sealed class KillerTests
{
    private static readonly Place Here = new(3, 9);

    private static Evaluation Evaluate(string code) => new ExpressionEvaluator().Evaluate(new ExpressionTemplate(code, Here), Scope.Empty.With("run", JsonElement.Parse("""{"id":"r"}""")));

    [Theory]
    [InlineData("(()=>{const o={toString(){return ''+o}};return ''+o})()", "expression-endless")]
    [InlineData("(()=>{const o={valueOf(){return o*1}};return o*1})()", "expression-endless")]
    [InlineData("(()=>{const o={toString(){return run.id+o}};return ''+o})()", "expression-endless")]
    [InlineData("JSON.stringify([...Array(60000)].reduce(a=>[a],[]))", "expression-too-large")]
    [InlineData("JSON.stringify([...Array(60000)].reduce(a=>({a}),{}))", "expression-too-large")]
    [InlineData("[...Array(60000)].reduce(a=>[a],[]).flat(Infinity)", "expression-too-large")]
    [InlineData("[...Array(47)].reduce(a=>[a,a],[]).flat(Infinity)", "expression-too-large")]
    [InlineData("[...Array(47)].reduce(a=>[a,a],[]).toLocaleString()", "expression-too-large")]
    [InlineData("(()=>{function*g(){yield* g()}return [...g()]})()", "expression-endless")]
    [InlineData("('x'.repeat(4000000)+run.id).match(/x/g).length", "expression-too-large")]
    [InlineData("'x'.repeat(4000000).indexOf('x'.repeat(2000000)+'y')", "expression-too-large")]
    [InlineData("(()=>{let a=7n;for(let i=0;i<40;i++)a=a*a;return a})()", "expression-syntax")]
    [InlineData("(()=>{let a=7n;for(let i=0;i<60;i++)a=a+a;return a})()", null)]
    [InlineData("7n**100000000n", "expression-syntax")]
    [InlineData("(()=>{function f0(){return [[1].flatMap(()=>f1())]}function f1(){return 1+([...(function*(){yield f0()})()])}return (f0()).toLocaleString(),f0()})()", "expression-endless")]
    [InlineData("new Date(0).toTemporalInstant().epochNanoseconds", "expression-failed")]
    [InlineData("(7n).__proto__.constructor('9'.repeat(4000000))", "expression-not-json")]
    [InlineData("import('fs')", "expression-syntax")]
    [InlineData("(run.id, import('fs'))", "expression-syntax")]
    public void A_known_killer_gets_a_located_answer(string code, string? error)
    {
        var evaluation = Evaluate(code);

        Assert.Equal(error, evaluation.Error?.Code);
        Assert.Equal(error is null ? null : Here, evaluation.Error?.Place);
    }

    /// <summary>Lazy iterators call each other in .NET, without any code of the expression.</summary>
    [Theory]
    [InlineData("[...[...Array(30000)].reduce(i=>i.map(x=>x),[1].values())]")]
    [InlineData("[...[...Array(30000)].reduce(i=>i.filter(x=>1),[1].values())]")]
    [InlineData("[...[...Array(30000)].reduce(i=>i.take(9),[1].values())]")]
    [InlineData("[...[...Array(30000)].reduce(i=>i.drop(0),[1].values())]")]
    [InlineData("[...[...Array(30000)].reduce(i=>i.flatMap(x=>[x]),[1].values())]")]
    [InlineData("[...Array(30000)].reduce(i=>i.map(x=>x),[1].values()).toArray()")]
    [InlineData("[...Array(30000)].reduce(i=>i.map(x=>x),[1].values()).next().value")]
    [InlineData("[...Array(30000)].reduce(i=>i.map(x=>x),[1].values()).return().done")]
    [InlineData("(()=>{const [a]=[...Array(30000)].reduce(i=>i.drop(0),[1].values());return a})()")]
    public void A_long_chain_of_iterators_is_refused(string code) => Assert.Equal("expression-endless", Evaluate(code).Error?.Code);

    [Fact]
    public void A_short_chain_of_iterators_gives_its_values() => Assert.Equal("[4]", Evaluate("[...[1,2,3].values().map(x => x * 2).filter(x => x > 2).take(1)]").Value?.GetRawText());

    /// <summary>Code that has run often is compiled anew, and what a level of the stack takes changes with it.</summary>
    [Theory]
    [InlineData("(() => { function* n0() { yield [...n0()] } return [...n0()] })()")]
    [InlineData("(()=>{let n=0;function* a(){try{yield [...b()]}finally{n++}} function* b(){try{yield* a()}finally{n++}} return [...a()]})()")]
    [InlineData("(()=>{function f0(){return [[1].flatMap(()=>f1())]}function f1(){return 1+([...(function*(){yield f0()})()])}return f0()})()")]
    public void What_does_not_end_is_stopped_each_time(string code)
    {
        for (var i = 0; i < 150; i++)
        {
            Assert.Equal("expression-endless", Evaluate(code).Error?.Code);
        }
    }

    [Theory]
    [InlineData("(f => f(f, 60))((f, n) => n ? 1 + f(f, n - 1) : 0)", "60")]
    [InlineData("(f => f(f, 60))((f, n) => n ? [1].map(() => 1 + f(f, n - 1))[0] : 0)", "60")]
    [InlineData("(() => { function* g(n) { yield n; if (n) yield* g(n - 1) } return [...g(50)].length })()", "51")]
    public void Recursion_that_ends_has_stack_enough(string code, string json) => Assert.Equal(json, Evaluate(code).Value?.GetRawText());

    [Theory]
    [InlineData("1+", "1", "")]
    [InlineData("[", "1", "]")]
    [InlineData("()=>", "1", "")]
    [InlineData("!", "1", "")]
    public void Source_that_is_nested_deeply_is_refused(string open, string middle, string close)
    {
        var code = string.Concat(Enumerable.Repeat(open, 4_000)) + middle + string.Concat(Enumerable.Repeat(close, 4_000));

        Assert.Equal("expression-syntax", Evaluate(code).Error?.Code);
    }

    /// <summary>Brackets leave no trace in the syntax: how many are read is a matter of the stack that is there.</summary>
    [Fact]
    public void Brackets_that_are_nested_deeply_are_read_or_refused()
    {
        var code = new string('(', 4_000) + "1" + new string(')', 4_000);

        var evaluation = Evaluate(code);

        Assert.True(evaluation.Error is { Code: "expression-syntax" } || evaluation.Value is { ValueKind: JsonValueKind.Number }, evaluation.Error?.Message);
    }

    [Fact]
    public void Validate_says_where_an_expression_does_not_end()
    {
        var reading = Read("""
            runbook: x
            steps:
              - id: w
                when: ${ (()=>{const o={toString(){return ''+o}};return ''+o})() }
                wait: { for: 1s }
            """);

        var problem = Assert.Single(reading.Problems);
        Assert.Equal((ProblemCodes.EndlessExpression, 4), (problem.Code, problem.Place.Line));
    }

    [Fact]
    public void A_whole_text_has_a_bound_of_its_own()
    {
        var parts = string.Concat(Enumerable.Repeat("${ 'x'.repeat(4000000) + run.id }", 2));
        var template = TemplateParser.Parse(parts, at => new Place(1, at + 1), _ => { });

        Assert.Equal("expression-too-large", new ExpressionEvaluator().Evaluate(template, Scope.Empty.With("run", JsonElement.Parse("""{"id":"r"}"""))).Error?.Code);
    }

    [Fact]
    public void All_arguments_of_a_step_have_a_bound_together()
    {
        var one = new ExpressionTemplate("'x'.repeat(4000000) + run.id", Here);
        var with = new MapTemplate([.. Enumerable.Range(0, 5).Select(number => KeyValuePair.Create($"a{number}", (Template)one))], Here);

        Assert.Equal("expression-too-large", new ExpressionEvaluator().Evaluate(with, Scope.Empty.With("run", JsonElement.Parse("""{"id":"r"}"""))).Error?.Code);
    }

    [Fact]
    public void A_request_has_one_budget_over_all_its_expressions()
    {
        var title = string.Concat(Enumerable.Repeat("${ 'x'.repeat(4000000) }", 100));
        var reading = Read($"runbook: x\nsteps:\n  - id: a\n    approval: {{ title: \"{title}\", roles: [ a ] }}\n", new EvaluationBudget(characters: 20_000_000));

        Assert.Null(reading.Runbook);
        Assert.Single(reading.Problems, problem => problem.Code == ProblemCodes.TooExpensive);
    }

    [Fact]
    public void A_caller_that_has_left_ends_the_reading()
    {
        using var left = new CancellationTokenSource();
        left.Cancel();

        Assert.Throws<OperationCanceledException>(() => Read("runbook: x\nsteps:\n  - { id: a, when: \"${ 1 + 1 > 1 }\", wait: { for: 1s } }\n", new EvaluationBudget(cancellation: left.Token)));
    }

    [Fact]
    public void Loops_in_loops_beyond_a_runs_bound_are_told_beforehand()
    {
        var reading = Read("""
            runbook: nine-million
            steps:
              - id: outer
                forEach: "${ Array.from({ length: 3000 }, (_, i) => i) }"
                as: a
                steps:
                  - id: inner
                    forEach: "${ Array.from({ length: 3000 }, (_, i) => i) }"
                    as: b
                    steps:
                      - { id: rest, wait: { for: 1s } }
            """);

        var problem = Assert.Single(reading.Problems);
        Assert.Equal((ProblemCodes.TooManySteps, 3), (problem.Code, problem.Place.Line));
    }

    [Theory]
    [InlineData("when: \"${ inputs.n } > 3\"", "inputs.n > 3")]
    [InlineData("when: \"${ inputs.n > 3 } \"", "inputs.n > 3")]
    public void A_condition_with_text_around_it_is_refused_with_the_mend(string when, string mend)
    {
        var problem = Assert.Single(Read($"runbook: x\ninputs: {{ n: {{ type: integer }} }}\nsteps:\n  - id: a\n    {when}\n    wait: {{ for: 1s }}\n").Problems);

        Assert.Equal(ProblemCodes.WrongType, problem.Code);
        Assert.Contains($"when: ${{ {mend} }}", problem.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("2030-11-12 01:00:00+08:00", true)]
    [InlineData("2030-11-12t01:00:00z", true)]
    [InlineData("2030-11-12T01:00:00+0800", true)]
    [InlineData("2030-11-12T01:00:00", false)]
    [InlineData("2030-02-30T01:00:00Z", false)]
    public void One_parser_reads_times(string text, bool fits)
    {
        Assert.Equal(fits, Times.TryParse(text, out var time));
        Assert.Equal(fits ? 2030 : 1, time.Year);
    }

    [Theory]
    [InlineData("4", 4L)]
    [InlineData("4.0", 4L)]
    [InlineData("1e0", 1L)]
    [InlineData("40e-1", 4L)]
    [InlineData("-0.0", 0L)]
    [InlineData("9007199254740993", 9007199254740993L)]
    [InlineData("9223372036854775807", long.MaxValue)]
    [InlineData("-9223372036854775808", long.MinValue)]
    [InlineData("0e99999999999", 0L)]
    [InlineData("9223372036854775808", null)]
    [InlineData("4.5", null)]
    [InlineData("1e-400", null)]
    [InlineData("1e400", null)]
    [InlineData("1e99999999999", null)]
    public void Whole_numbers_are_told_by_their_digits(string text, long? whole) =>
        Assert.Equal(whole, WholeNumber.TryParse(text, out var number) ? number : null);

    [Fact]
    public void A_numbers_text_is_JavaScripts()
    {
        Assert.Equal("0.00001", NumberText.Of(0.00001));
        Assert.Equal("1e-7", NumberText.Of(1e-7));
        Assert.Equal("1e+21", NumberText.Of(1e21));
        Assert.Equal("123456789012345680", NumberText.Of(123456789012345680));
        Assert.Equal("5e-324", NumberText.Of(5e-324));
        Assert.Equal("0", NumberText.Of(-0.0));

        // The engine's own conversion is the independent rule.
        var chance = new Random(20261111);
        using var engine = new Jint.Engine();
        for (var i = 0; i < 100_000; i++)
        {
            var number = i % 2 == 0 ? BitConverter.Int64BitsToDouble(chance.NextInt64()) : (chance.NextInt64(1L << 53) - (1L << 52)) * Math.Pow(10, chance.Next(-30, 12));
            if (!double.IsFinite(number)) continue;
            if (Math.Abs(number) < 1L << 53)
            {
                // Beyond, the engine writes all digits of a whole number where ECMAScript has the fewest and zeros.
                Assert.Equal(Jint.Runtime.TypeConverter.ToString(new Jint.Native.JsNumber(number)), NumberText.Of(number));
            }

            var digits = NumberText.Of(number).Split('e')[0].Replace(".", "", StringComparison.Ordinal).Trim('-', '0').Length;
            Assert.True(digits < 2 || double.Parse(number.ToString($"E{digits - 2}", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture) != number, $"{number:R} can be said with fewer digits");
            Assert.Equal(number, double.Parse(NumberText.Of(number), CultureInfo.InvariantCulture));
        }
    }

    private static RunbookReading Read(string text, EvaluationBudget? budget = null) =>
        new RunbookReader(new ActivityCatalog([])).Read("x.yaml", text, budget);
}

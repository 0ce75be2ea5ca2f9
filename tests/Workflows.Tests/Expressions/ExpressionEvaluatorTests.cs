using System.Text.Json;
using Orchestrator.Text;
using Orchestrator.Workflows.Language.Expressions;
using Orchestrator.Workflows.Model.Runbooks;

namespace Orchestrator.Workflows.Tests.Expressions;

public sealed class ExpressionEvaluatorTests
{
    private readonly ExpressionEvaluator evaluator = new();

    private static readonly Scope Sample = Scope.Empty
        .With("inputs", JsonElement.Parse("""{"clusters":["a","b"],"units":2,"deep":{"x":{"y":[1,{"z":"end"}]}},"none":null,"big":9007199254740993}"""))
        .With("cluster", JsonElement.Parse("\"hz-batch-a\""))
        .With("index", JsonElement.Parse("1"))
        .With("steps", new CountingSteps(10_000));

    private static ExpressionTemplate Expression(string code) => new(code, new Position(3, 9));

    private string Value(string code)
    {
        var evaluation = evaluator.Evaluate(Expression(code), Sample);
        Assert.True(evaluation.Error is null, evaluation.Error?.Message);
        return evaluation.Value!.Value.GetRawText();
    }

    private ExpressionError Error(string code)
    {
        var evaluation = evaluator.Evaluate(Expression(code), Sample);
        Assert.True(evaluation.Error is not null, $"{code} gave {evaluation.Value}");
        return evaluation.Error;
    }

    [Theory]
    [InlineData("cluster", "\"hz-batch-a\"")]
    [InlineData(" inputs.clusters ", """["a","b"]""")]
    [InlineData("inputs.clusters.length", "2")]
    [InlineData("inputs.clusters[index]", "\"b\"")]
    [InlineData("inputs['units']", "2")]
    [InlineData("inputs.deep.x.y[1].z", "\"end\"")]
    [InlineData("inputs.none", "null")]
    [InlineData("inputs.big", "9007199254740993")]
    [InlineData("inputs.missing ?? 5", "5")]
    [InlineData("inputs.none?.x.y.z ?? 'nothing'", "\"nothing\"")]
    [InlineData("inputs.units + 1", "3")]
    [InlineData("inputs.units / 4", "0.5")]
    [InlineData("10 / 5", "2")]
    [InlineData("1e21", "1e+21")]
    [InlineData("-0", "0")]
    [InlineData("inputs.units > 1 && cluster === 'hz-batch-a'", "true")]
    [InlineData("({ a: 1, b: undefined, c: [undefined] })", """{"a":1,"c":[null]}""")]
    [InlineData("{ a: inputs.units, b: { ...inputs.deep } }", """{"a":2,"b":{"x":{"y":[1,{"z":"end"}]}}}""")]
    [InlineData("inputs.clusters.map(name => name.toUpperCase())", """["A","B"]""")]
    [InlineData("`${cluster}/${index}`", "\"hz-batch-a/1\"")]
    [InlineData("Object.keys(inputs)", """["clusters","units","deep","none","big"]""")]
    [InlineData("'units' in inputs && !('nope' in inputs)", "true")]
    [InlineData("JSON.stringify(inputs.deep)", "\"{\\\"x\\\":{\\\"y\\\":[1,{\\\"z\\\":\\\"end\\\"}]}}\"")]
    [InlineData("(() => { const o = inputs.deep; delete o.x; o.n = 1; return o; })()", """{"n":1}""")]
    [InlineData("Object.entries(inputs.deep).length", "1")]
    [InlineData("new Date('2026-11-11T00:00:00+08:00')", "\"2026-11-10T16:00:00Z\"")]
    [InlineData("new Date(Date.parse('2026-11-11T00:00:00Z') + 3600000).toISOString()", "\"2026-11-11T01:00:00.000Z\"")]
    [InlineData("12345678901234567890n", "12345678901234567890")]
    [InlineData("Math.max(1, inputs.units)", "2")]
    [InlineData("1 // a comment", "1")]
    public void Gives_the_value_of(string code, string json) => Assert.Equal(json, Value(code));

    [Theory]
    [InlineData("inputs.missing", "expression-undefined")]
    [InlineData("undefined", "expression-undefined")]
    [InlineData("inputs.missing.more", "expression-failed")]
    [InlineData("inputs.none.more", "expression-failed")]
    [InlineData("inputs.units.x.y", "expression-failed")]
    [InlineData("inptus.units", "expression-unknown-name")]
    [InlineData("globalThis", "expression-unknown-name")]
    [InlineData("this", "expression-unknown-name")]
    [InlineData("inputs +", "expression-syntax")]
    [InlineData("", "expression-syntax")]
    [InlineData("1) ; (2", "expression-syntax")]
    [InlineData("x = 3", "expression-unknown-name")]
    [InlineData("() => 1", "expression-not-json")]
    [InlineData("0 / 0", "expression-not-json")]
    [InlineData("1 / 0", "expression-not-json")]
    [InlineData("new Map()", "expression-not-json")]
    [InlineData("(async () => 1)()", "expression-not-json")]
    [InlineData("(() => { const a = {}; a.a = a; return a; })()", "expression-too-large")]
    [InlineData("(() => { let a = ['xxxxxxxxxxxxxxxx']; for (let i = 0; i < 40; i++) a = [a, a]; return a; })()", "expression-too-large")]
    [InlineData("(() => { while (true) {} })()", "expression-endless")]
    [InlineData("(f => f(f))(f => f(f))", "expression-endless")]
    [InlineData("(() => { for (;;) {} })()", "expression-endless")]
    [InlineData("/(a+)+$/.test('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!')", "expression-endless")]
    [InlineData("Array(100000000).fill(0)", "expression-too-large")]
    [InlineData("Array(40).fill(0).reduce(s => s + s, 'xxxxxxxx')", "expression-too-large")]
    [InlineData("Array.from({length: 1e9}).length", "expression-too-large")]
    [InlineData("Array(999999).fill(Array(999999).fill(0)).flat().length", "expression-too-large")]
    [InlineData("/(x+x+)+y/.exec('xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx')", "expression-endless")]
    [InlineData("Date.now()", "expression-not-replayable")]
    [InlineData("new Date()", "expression-not-replayable")]
    [InlineData("Date()", "expression-not-replayable")]
    [InlineData("Math.random()", "expression-not-replayable")]
    [InlineData("Math['ran' + 'dom']()", "expression-not-replayable")]
    [InlineData("eval('1')", "expression-unknown-name")]
    [InlineData("''.constructor.constructor('return 1')()", "expression-failed")]
    [InlineData("(() => { throw new Error('no') })()", "expression-failed")]
    [InlineData("(() => { throw 3 })()", "expression-failed")]
    [InlineData("({ get a() { while (true) {} } })", "expression-endless")]
    public void Refuses(string code, string error) => Assert.Equal(error, Error(code).Code);

    [Theory]
    [InlineData("'a'.repeat(1e9).length")]
    [InlineData("'a'.repeat(400000000).length")]
    [InlineData("'a'['rep' + 'eat'](400000000).length")]
    [InlineData("String.prototype.repeat.call(Array(1000).fill('x'.repeat(1000)), 400000).length")]
    [InlineData("'a'.padEnd(400000000).length")]
    [InlineData("'a'.padStart({ valueOf: () => 400000000 }, 'xyz').length")]
    [InlineData("Array(1000000).join('x'.repeat(1000)).length")]
    [InlineData("Array(200).fill('x'.repeat(1000000)).join('').length")]
    [InlineData("('' + Array(1000).fill(Array(1000).fill('x'.repeat(1000)))).length")]
    [InlineData("(() => { const a = []; a[0] = a; a[1] = a; return JSON.stringify(a); })()")]
    [InlineData("'x'.repeat(1000000).replaceAll('x', 'y'.repeat(1000)).length")]
    [InlineData("'x'.repeat(1000000).replace(/x/g, 'y'.repeat(1000)).length")]
    [InlineData("'x'.repeat(100000).replace(/x/g, \"$'\").length")]
    [InlineData("'x'.repeat(1000000)[Object.getOwnPropertyNames(String.prototype).find(n => n === 'replace')](/x/g, 'y'.repeat(1000)).length")]
    [InlineData("JSON.stringify({ a: Array(1000).fill('x'.repeat(1000000)) }).length")]
    [InlineData("JSON.stringify(Array(1000).fill(Array(1000).fill(Array(1000).fill(1)))).length")]
    [InlineData("JSON.stringify(Array(60).fill(0).reduce(a => [a], Array(100000).fill(1)), null, '          ').length")]
    [InlineData("'x'.repeat(1000000).concat(...Array(2000).fill('x'.repeat(1000000))).length")]
    public void One_call_cannot_make_a_text_of_gigabytes(string code)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();

        var error = Error(code);

        Assert.Equal("expression-too-large", error.Code);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 128 * 1024 * 1024);
    }

    [Theory]
    [InlineData("'ab'.repeat(3)", "\"ababab\"")]
    [InlineData("'7'.padStart(3, '0')", "\"007\"")]
    [InlineData("'a-b-c'.replaceAll('-', '+')", "\"a+b+c\"")]
    [InlineData("'hz-batch-a'.replace(/(\\w+)-(\\w+)/, '$2-$1')", "\"batch-hz-a\"")]
    [InlineData("'a1b2'.replace(/\\d/g, d => d * 2)", "\"a2b4\"")]
    [InlineData("[1, [2, 3], null].join()", "\"1,2,3,\"")]
    [InlineData("'' + [1, 2]", "\"1,2\"")]
    [InlineData("JSON.stringify({ a: [1, 'x'] })", "\"{\\\"a\\\":[1,\\\"x\\\"]}\"")]
    [InlineData("'x'.repeat(1000000).replace(/x/g, 'yy').length", "2000000")]
    public void Texts_of_ordinary_length_are_made_as_in_JavaScript(string code, string json) => Assert.Equal(json, Value(code));

    [Fact]
    public void An_unknown_name_is_answered_with_the_nearest_one() => Assert.Contains("did you mean inputs?", Error("inptus.units").Message, StringComparison.Ordinal);

    [Fact]
    public void An_error_says_where_its_expression_stands() => Assert.Equal(new Position(3, 9), Error("inputs.missing").Position);

    [Fact]
    public void A_member_of_steps_is_looked_up_alone()
    {
        var steps = new CountingSteps(10_000);
        var scope = Scope.Empty.With("steps", steps);

        Assert.Equal("7", evaluator.Evaluate(Expression("steps.s7.result"), scope).Value!.Value.GetRawText());
        Assert.Equal("9", evaluator.Evaluate(Expression("steps.s7.result + 2"), scope).Value!.Value.GetRawText());

        Assert.Equal(2, steps.Reads);
    }

    [Fact]
    public void Ten_thousand_steps_can_be_enumerated_within_the_bounds() =>
        Assert.Equal("49995000", Value("Object.values(steps).reduce((sum, step) => sum + step.result, 0)"));

    [Fact]
    public void One_evaluation_leaves_nothing_behind_for_the_next()
    {
        Value("(() => { Object.prototype.leak = 1; Array.prototype.map = () => 'bad'; return 1; })()");

        Assert.Equal("[2]", Value("[1].map(x => x + 1 + (({}).leak ?? 0))"));
    }

    [Theory]
    [InlineData("true", true)]
    [InlineData("inputs.missing", false)]
    [InlineData("inputs.none", false)]
    [InlineData("0", false)]
    [InlineData("''", false)]
    [InlineData("'no'", true)]
    [InlineData("[]", true)]
    public void A_condition_is_truthy_as_in_JavaScript_and_undefined_is_false(string code, bool truthy)
    {
        var evaluation = evaluator.EvaluateCondition(Expression(code), Sample);

        Assert.Null(evaluation.Error);
        Assert.Equal(truthy, evaluation.IsTruthy);
    }

    [Fact]
    public void Texts_lists_and_mappings_keep_the_types_of_their_expressions()
    {
        var position = new Position(1, 1);
        var template = new MapTemplate(
            [
                new("text", new TextTemplate([new LiteralTemplate(JsonElement.Parse("\"n=\""), position), Expression("inputs.units"), new LiteralTemplate(JsonElement.Parse("\"/\""), position), Expression("cluster")], position)),
                new("list", new ListTemplate([Expression("inputs.units"), new LiteralTemplate(JsonElement.Parse("true"), position)], position)),
            ],
            position);

        Assert.Equal("""{"text":"n=2/hz-batch-a","list":[2,true]}""", evaluator.Evaluate(template, Sample).Value!.Value.GetRawText());
    }

    [Fact]
    public void Many_threads_share_one_evaluator()
    {
        Parallel.For(0, 2_000, i =>
        {
            var scope = Scope.Empty.With("n", JsonSerializer.SerializeToElement(i));
            Assert.Equal(i + 1, evaluator.Evaluate(Expression("n + 1"), scope).Value!.Value.GetInt32());
            Assert.Equal(i, evaluator.Evaluate(Expression("n"), scope).Value!.Value.GetInt32());
        });
    }

    private sealed class CountingSteps(int count) : ScopeObject
    {
        public int Reads { get; private set; }

        public override IEnumerable<string> Names => Enumerable.Range(0, count).Select(i => $"s{i}");

        public override ScopeValue? Get(string name)
        {
            Reads++;
            return name.StartsWith('s') && int.TryParse(name.AsSpan(1), out var number) && number < count
                ? ScopeValue.Of(JsonSerializer.SerializeToElement(new { status = "done", result = number }))
                : null;
        }
    }
}

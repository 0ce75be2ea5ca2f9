using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Orchestrator.Workflows.Expressions;
using Orchestrator.Workflows.Runbooks;

namespace Orchestrator.Workflows.Tests.Expressions;

public sealed class ExpressionEvaluatorTests
{
    private readonly ExpressionEvaluator evaluator = new();

    private static readonly Scope Sample = Scope.Empty
        .With("inputs", JsonElement.Parse("""{"clusters":["a","b"],"units":2,"deep":{"x":{"y":[1,{"z":"end"}]}},"none":null,"big":9007199254740993}"""))
        .With("cluster", JsonElement.Parse("\"hz-batch-a\""))
        .With("index", JsonElement.Parse("1"))
        .With("steps", new CountingSteps(10_000));

    private static ExpressionTemplate Expression(string code) => new(code, new Place(3, 9));

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
    [InlineData("0.00001", "0.00001")]
    [InlineData("0.0000001", "1e-7")]
    [InlineData("123456789012345680", "123456789012345680")]
    [InlineData("-1.5e300", "-1.5e+300")]
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

    /// <summary>Each of these ended the process, or would without one of the guards. See HostileExpressionTests for a great many more.</summary>
    [Theory]
    [InlineData("(()=>{const o={toString(){return ''+o}};return ''+o})()", "expression-endless")]
    [InlineData("(()=>{const o={toString(){return `${o}`}};return `${o}`})()", "expression-endless")]
    [InlineData("(()=>{const o={valueOf(){return o*1}};return o*1})()", "expression-endless")]
    [InlineData("(()=>{const o={[Object.getOwnPropertySymbols(Date.prototype)[0]](){return +o}};return +o})()", "expression-endless")]
    [InlineData("(()=>{const o={get a(){return o.a}};return o.a})()", "expression-endless")]
    [InlineData("(()=>{function* g(){yield* g()} return [...g()]})()", "expression-endless")]
    [InlineData("(()=>{const s=()=>[2,1].sort(s);return s()})()", "expression-endless")]
    [InlineData("(()=>{const f=()=>'a'.replace(/a/g,f);return f()})()", "expression-endless")]
    [InlineData("(()=>{const f=()=>Array.from([1],f);return f()})()", "expression-endless")]
    [InlineData("(()=>{class A{a=new A()} return new A()})()", "expression-endless")]
    [InlineData("JSON.stringify([...Array(60000)].reduce(a=>[a],[]))", "expression-too-large")]
    [InlineData("JSON.stringify([...Array(60000)].reduce(a=>({a}),{}))", "expression-too-large")]
    [InlineData("[...Array(60000)].reduce(a=>[a],[]).flat(Infinity)", "expression-too-large")]
    [InlineData("'' + [...Array(60000)].reduce(a=>[a],[])", "expression-too-large")]
    [InlineData("(()=>{let a=[1];for(let i=0;i<40;i++)a=[a,a];return a.flat(Infinity).length})()", "expression-too-large")]
    [InlineData("JSON.parse('[1,2]',function(k,v){this[1]=[];return v})", "expression-unknown-name")]
    [InlineData("JSON.parse('['.repeat(60000)+']'.repeat(60000))", "expression-failed")]
    [InlineData("[].concat(...Array(1000).fill(Array(999999).fill(0))).length", "expression-too-large")]
    [InlineData("(()=>{let a=7n;for(let i=0;i<40;i++)a=a*a;return a})()", "expression-syntax")]
    [InlineData("2n**(2n**30n)", "expression-syntax")]
    [InlineData("new Date(0).toTemporalInstant().epochNanoseconds", "expression-failed")]
    [InlineData("(7n).constructor('9')", "expression-not-json")]
    [InlineData("import('fs')", "expression-syntax")]
    [InlineData("(cluster, import('fs'))", "expression-syntax")]
    public void Lives_and_says_why(string code, string error) => Assert.Equal(error, Error(code).Code);

    public static TheoryData<string> DeepSyntax => [.. new[] { "[|1|]", "(|1|)", "!|1|", "-|1|", "{a:|1|}", "()=>|1|", "1+(|1|)", "f(|1|)", "a?b:|c|", "new |a|", "`${|1|}`", "x=>{|return 1|}", "a=|1|", "a.b|.c|" }
        .Select(form => form.Split('|')).SelectMany(parts => new[] { 40, 600, 3_000, 8_000 }.Select(times =>
            string.Concat(Enumerable.Repeat(parts[0], times)) + parts[1] + (parts.Length > 2 ? string.Concat(Enumerable.Repeat(parts[2], times)) : "")))];

    [Theory]
    [MemberData(nameof(DeepSyntax), DisableDiscoveryEnumeration = true)]
    public void Deep_syntax_is_a_value_or_an_error_on_any_thread(string code)
    {
        // As small a stack as a caller may have.
        Exception? thrown = null;
        var small = new Thread(() => thrown = Record.Exception(() => evaluator.Evaluate(Expression(code), Sample)), 256 * 1024);
        small.Start();
        small.Join();

        Assert.Null(thrown);
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
    public void A_long_chain_of_iterators_is_refused(string code) => Assert.Equal("expression-endless", Error(code).Code);

    [Fact]
    public void A_short_chain_of_iterators_gives_its_values() => Assert.Equal("[4]", Value("[...[1,2,3].values().map(x => x * 2).filter(x => x > 2).take(1)]"));

    /// <summary>Code that has run often is compiled anew, and what a level of the stack takes changes with it.</summary>
    [Theory]
    [InlineData("(() => { function* n0() { yield [...n0()] } return [...n0()] })()")]
    [InlineData("(()=>{let n=0;function* a(){try{yield [...b()]}finally{n++}} function* b(){try{yield* a()}finally{n++}} return [...a()]})()")]
    [InlineData("(()=>{function f0(){return [[1].flatMap(()=>f1())]}function f1(){return 1+([...(function*(){yield f0()})()])}return f0()})()")]
    public void What_does_not_end_is_stopped_each_time(string code)
    {
        for (var i = 0; i < 150; i++)
        {
            Assert.Equal("expression-endless", Error(code).Code);
        }
    }

    [Theory]
    [InlineData("(f => f(f, 60))((f, n) => n ? 1 + f(f, n - 1) : 0)", "60")]
    [InlineData("(f => f(f, 60))((f, n) => n ? [1].map(() => 1 + f(f, n - 1))[0] : 0)", "60")]
    [InlineData("(() => { function* g(n) { yield n; if (n) yield* g(n - 1) } return [...g(50)].length })()", "51")]
    public void Recursion_that_ends_has_stack_enough(string code, string json) => Assert.Equal(json, Value(code));

    [Fact]
    public void Texts_and_trees_are_bounded_as_a_whole()
    {
        var million = Enumerable.Range(1, 200).Select(line => (Template)new ExpressionTemplate("'x'.repeat(1000000)", new Place(line, 5))).ToImmutableArray();

        var text = evaluator.Evaluate(new TextTemplate(million, new Place(1, 1)), Sample).Error!;
        var list = evaluator.Evaluate(new MapTemplate([new("a", new ListTemplate(million, new Place(1, 1)))], new Place(1, 1)), Sample).Error!;

        Assert.Equal(("expression-too-large", 5), (text.Code, text.Place.Line));
        Assert.Equal(("expression-too-large", 17), (list.Code, list.Place.Line));
    }

    [Theory]
    [InlineData("0.00001", "a0.00001")]
    [InlineData("1e21", "a1e+21")]
    [InlineData("-0", "a0")]
    [InlineData("inputs.big", "a9007199254740992")]
    [InlineData("12345678901234567890n", "a12345678901234567890")]
    public void A_number_in_a_text_is_written_as_in_JavaScript(string code, string text) =>
        Assert.Equal(text, evaluator.Evaluate(new TextTemplate([new LiteralTemplate(JsonElement.Parse("\"a\""), new Place(1, 1)), Expression(code)], new Place(1, 1)), Sample).Value!.Value.GetString());

    [Fact]
    public void Numbers_are_written_as_the_JavaScript_engine_writes_them()
    {
        var random = new Random(9);
        var bytes = new byte[8];
        for (var i = 0; i < 100_000; i++)
        {
            random.NextBytes(bytes);
            var number = i % 3 == 0 ? random.Next() / Math.Pow(10, random.Next(0, 30)) : i % 3 == 1 ? Math.Round(random.NextDouble() * Math.Pow(10, random.Next(0, 25))) : BitConverter.ToDouble(bytes);
            if (Math.Abs(number) is >= 9_007_199_254_740_992 and < 9_223_372_036_854_775_808)
            {
                // Here Jint writes digits that the standard does not: the shortest that give the number again, then zeros.
                Assert.Equal(number, double.Parse(NumberText.Of(number), CultureInfo.InvariantCulture));
                Assert.InRange(NumberText.Of(Math.Abs(number)).TrimEnd('0').Length, 1, 17);
            }
            else if (double.IsFinite(number))
            {
                Assert.Equal(Jint.Runtime.TypeConverter.ToString(Jint.Native.JsNumber.Create(number)), NumberText.Of(number));
            }
        }
    }

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
        // Where the expression itself runs: it stays on this thread.
        var (error, allocated) = EvaluationThread.Run(() =>
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            return (Error(code), GC.GetAllocatedBytesForCurrentThread() - before);
        });

        Assert.Equal("expression-too-large", error.Code);
        Assert.InRange(allocated, 1, 128 * 1024 * 1024);
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
    public void An_error_says_where_its_expression_stands() => Assert.Equal(new Place(3, 9), Error("inputs.missing").Place);

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
        var place = new Place(1, 1);
        var template = new MapTemplate(
            [
                new("text", new TextTemplate([new LiteralTemplate(JsonElement.Parse("\"n=\""), place), Expression("inputs.units"), new LiteralTemplate(JsonElement.Parse("\"/\""), place), Expression("cluster")], place)),
                new("list", new ListTemplate([Expression("inputs.units"), new LiteralTemplate(JsonElement.Parse("true"), place)], place)),
            ],
            place);

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

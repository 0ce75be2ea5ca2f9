using System.Globalization;
using System.Text.Json;
using Orchestrator.Text;
using Orchestrator.Workflows.Language.Expressions;
using Orchestrator.Workflows.Language.Diagnostics;
using Orchestrator.Workflows.Language.Reading;
using Orchestrator.Workflows.Model.Activities;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Tests.Expressions.Hostile;

/// <summary>Expressions that were found to end the process or to take minutes, each with what is said of it now.</summary>
public sealed class KillerTests
{
    private static readonly Position Here = new(3, 9);

    private static Evaluation Evaluate(string code, ExpressionEvaluator? evaluator = null) => (evaluator ?? new()).Evaluate(new ExpressionTemplate(code, Here), Scope.Empty.With("run", JsonElement.Parse("""{"id":"r"}""")));

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
        Assert.Equal(error is null ? null : Here, evaluation.Error?.Position);
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

    /// <summary>Built-in functions that call built-in functions: no statement and no function of the expression is on the way.</summary>
    [Theory]
    [InlineData("(()=>{const o={};o.toString=''.trim;return ''+o})()", "expression-endless")]
    [InlineData("(()=>{const o={};o.toString=o.toLocaleString;return ''+o})()", "expression-endless")]
    [InlineData("(()=>{const {trim}='';return ''+{toString:trim}})()", "expression-endless")]
    [InlineData("(()=>{const k='tr'+'im';return ''+{toString:''[k]}})()", "expression-failed")]
    [InlineData("''+Object.defineProperties({},Object.getOwnPropertyDescriptors({toString:''['tr'+'im']}))", "expression-endless")]
    [InlineData("(()=>{const e=new Error();e.name=e;return ''+e})()", "expression-endless")]
    [InlineData("(()=>{const e=new Error();for(e.name of [e]);return ''+e})()", "expression-endless")]
    [InlineData("(()=>{const e=new Error();({a:e.name}={a:e});return ''+e})()", "expression-endless")]
    [InlineData("(()=>{const e={__proto__:Error.prototype};e.message=e;return ''+e})()", "expression-endless")]
    [InlineData("(()=>{const r=/a/;r.exec=r.test;return r.test('a')})()", "expression-endless")]
    [InlineData("(()=>{const r=Object.create(RegExp.prototype);Object.defineProperty(r,'source',{value:r});Object.defineProperty(r,'flags',{value:''});return ''+r})()", "expression-endless")]
    [InlineData("(()=>{const o=[1];o.join=[].toString;return ''+o})()", "expression-endless")]
    [InlineData("(()=>{const d=new Date(0);d.toISOString=d.toJSON;return d.toJSON()})()", "expression-endless")]
    [InlineData("(()=>{const o={};Object.defineProperty(o,'length',{get:[].includes});return [].includes.call(o)})()", "expression-endless")]
    [InlineData("Array(9999).fill('['+'1,'.repeat(1e6)+'1]').map(JSON.parse).length", "expression-too-large")]
    [InlineData("Array(9999).fill(Array(1e5).fill(1)).map(Object.keys).length", "expression-too-large")]
    [InlineData("(()=>{const s='x'.repeat(4e6);const f=[].every.bind(Array(9999).fill(1), ''.toUpperCase.bind(s));return [].every.call(Array(9999).fill(1),f)})()", "expression-too-large")]
    public void Built_in_functions_that_call_each_other_are_stopped(string code, string error) => Assert.Equal(error, Evaluate(code).Error?.Code);

    /// <summary>What takes gigabytes without a statement at which anything is looked at.</summary>
    [Theory]
    [InlineData("({...'x'.repeat(4e6)})")]
    [InlineData("(()=>{const s='x'.repeat(4e6);return [...Array(1000)].map((_,i)=>s+i).sort().length})()")]
    [InlineData("(()=>{const s='x'.repeat(4e6);return [...Array(1000)].map((_,i)=>s+(1000+i)).includes(s+'1y00')})()")]
    [InlineData("(()=>{const s='x'.repeat(4e6);return Math.max(...[...Array(1000)].map((_,i)=>s+(1000+i)))})()")]
    [InlineData("(()=>{const s='x'.repeat(4e6);return Math.max.apply(null,[...Array(1000)].map((_,i)=>s+(1000+i)))})()")]
    [InlineData("(()=>{const s='x'.repeat(4e6);return [...Array(1000)].map((_,i)=>s+(1000+i)).map(String).length})()")]
    [InlineData("(s=>(t=>(u=>u.trim().length)(t+t+t+t+t+t+t+t))(s+s+s+s+s+s+s+s))('x'.repeat(1e6))")]
    [InlineData("(()=>{let a=Object.fromEntries([...Array(30000).keys()].map(k=>[k,undefined]));return Array(5000).fill(a)})()")]
    [InlineData("(()=>{let a=[];for(let i=0;i<30;i++)a=[a,a];return a})()")]
    [InlineData("new RegExp('(?:'.repeat(1e6)+')'.repeat(1e6)).test('a')")]
    public void One_expression_cannot_take_gigabytes(string code)
    {
        var (error, allocated) = Measured(code);

        Assert.Equal("expression-too-large", error?.Code);
        Assert.InRange(allocated, 1, 192 * 1024 * 1024);
    }

    [Theory]
    [InlineData("s.toUpperCase()", "[", ",", "]")]
    [InlineData("${s}", "`", "", "`")]
    [InlineData("s+1", "Math.max(", ",", ")")]
    public void Nor_can_a_long_row_of_small_ones(string part, string open, string between, string close)
    {
        var (error, allocated) = Measured($"(s=>{open}{string.Join(between, Enumerable.Repeat(part, 500))}{close}.length)('y'.repeat(4e6))");

        Assert.Equal("expression-too-large", error?.Code);
        Assert.InRange(allocated, 1, 192 * 1024 * 1024);
    }

    /// <summary>The accessors of a result run within the bounds of the evaluation, not each in its own.</summary>
    [Fact]
    public void What_a_result_does_when_it_is_read_counts_too() =>
        Assert.Equal("expression-endless", Evaluate("[...Array(100)].map(()=>({get a(){for(let i=0;i<30000;i++);return 1}}))").Error?.Code);

    /// <summary>Checks are written into these: they give what they gave without.</summary>
    [Theory]
    [InlineData("[1,2,3].map(x=>`${x}-${x+1}`).join('/')+[...'abc',...[1,2]].length+Math.max(...[1,5,2])", "\"1-2/2-3/3-455\"")]
    [InlineData("({...{a:1},b:((x)=>x+1)(2),...(1,{c:3})})", "{\"a\":1,\"b\":3,\"c\":3}")]
    [InlineData("(a=>{a.b+=1;a.s??='x';return `${a.b}${(1,2)}${a?.b?.toFixed(1)}${a.s+a.s+'y'}`})({b:1})", "\"222.0xxy\"")]
    [InlineData("`${1}${2}${3}${4}${5}${6}${7}${8}${9}${(1,0)}${[1].map(x=>x+1)}`", "\"12345678902\"")]
    [InlineData("(t=>t`a${1}b${2+3}c`)((s,...v)=>s.raw.join('|')+v.join())", "\"a|b|c1,5\"")]
    [InlineData("((a={b:{c:1}})=>a.b?.c+a['b']['c']+(delete a.b,a.b?.c??'none'))()", "\"2none\"")]
    [InlineData("[1+1,2*2,3-1,4/2,5%3,6**2,7<<1,8>>1,1&1,1|2,1^3,1<2,2>1,1==1,1===1,1!=2,1!==2,1<=1,'a' in {a:1},[] instanceof Array,1+2+3,4+5+6,`${7}`,[1].at(0),[2].at(0),Math.max(1,2),Math?.max?.(3,4)?.toFixed(1).length]",
        "[2,4,2,2,2,36,14,4,1,3,2,true,true,true,true,true,true,true,true,true,6,15,\"7\",1,2,2,3]")]
    [InlineData("(()=>{class A extends Array{first(){return super.at(0)+1}};const a=new A();a.push(1);return a.first()})()", "2")]
    [InlineData("['3','1'].map(Number).sort((a,b)=>a-b).concat([[1],[2]].flat()).map(String).filter(Boolean).join(Object.keys({'-':1})[0])", "\"1-3-1-2\"")]
    [InlineData("(()=>{const o={toString(){return 'a'},valueOf(){return 4}};const k='toString';return `${o}`+(o+1)+o[k]()+Object.entries({x:1}).map(([a,b])=>a+b)})()", "\"a5ax1\"")]
    public void Checks_change_nothing(string code, string json) => Assert.Equal(json, Evaluate(code).Value?.GetRawText());

    [Theory]
    [InlineData("(($part$)=>({...'x'.repeat(1e5)}))(x=>x)")]
    [InlineData("typeof $check$")]
    [InlineData("(()=>{let $result$=1;return $result$})()")]
    public void The_checks_own_names_are_refused(string code) => Assert.Equal("expression-syntax", Evaluate(code).Error?.Code);

    /// <summary>Whose own text says so is no proof that the stack was used up.</summary>
    [Fact]
    public void A_used_up_stack_is_not_told_by_a_text() =>
        Assert.Equal("expression-failed", Evaluate("(()=>{throw new RangeError('Maximum call stack size exceeded')})()").Error?.Code);

    private static readonly string[] Nests = ["[|1|]", "(|1|)", "!|1|", "-|1|", "{a:|1|}", "()=>|1|", "1+(|1|)", "f(|1|)", "a?b:|c|", "new |a|", "`${|1|}`", "x=>{|return 1|}", "a=|1|", "a.b|.c|", "1+|1|", "a?.[|1|]"];

    public static TheoryData<string, int> DeepSources => new(Nests.SelectMany(nest => new[] { 40, 600, 8_000 }.Select(times => (nest, times))));

    [Theory]
    [MemberData(nameof(DeepSources))]
    public void Deep_source_is_a_value_or_an_error_on_a_thread_of_little_stack(string nest, int times)
    {
        var parts = nest.Split('|');
        var code = string.Concat(Enumerable.Repeat(parts[0], times)) + parts[1] + string.Concat(Enumerable.Repeat(parts.ElementAtOrDefault(2) ?? "", times));
        Exception? thrown = null;
        var small = new Thread(() => thrown = Record.Exception(() => Evaluate(code)), 256 * 1024);
        small.Start();
        small.Join();

        Assert.Null(thrown);
    }

    /// <summary>
    /// All built-in functions that an expression can reach by a name. A new one of a new engine is to be looked at: does it
    /// call others, or make much of little?
    /// </summary>
    [Fact]
    public void The_built_in_functions_within_reach_are_known()
    {
        var known = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "Expressions", "Hostile", "built-in-functions.txt"));

        Assert.Equal(known, BuiltInGuard.Names.Order(StringComparer.Ordinal));
    }

    /// <summary>With time enough that the bound of size is the one that is met, on a busy machine too.</summary>
    private static (ExpressionError? Error, long Allocated) Measured(string code) => KnownStack.Run(needsStack: true, () =>
    {
        var evaluator = new ExpressionEvaluator { LongestTime = TimeSpan.FromMinutes(1) };
        var before = GC.GetAllocatedBytesForCurrentThread();
        return (Evaluate(code, evaluator).Error, GC.GetAllocatedBytesForCurrentThread() - before);
    });

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

        var diagnostic = Assert.Single(reading.Diagnostics);
        Assert.Equal((DiagnosticCodes.EndlessExpression, 4), (diagnostic.Code, diagnostic.Position.Line));
    }

    [Fact]
    public void A_whole_text_has_a_bound_of_its_own()
    {
        var parts = string.Concat(Enumerable.Repeat("${ 'x'.repeat(4000000) + run.id }", 2));
        var template = TemplateParser.Parse(parts, at => new Position(1, at + 1), _ => { });

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
        Assert.Single(reading.Diagnostics, diagnostic => diagnostic.Code == DiagnosticCodes.TooExpensive);
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

        var diagnostic = Assert.Single(reading.Diagnostics);
        Assert.Equal((DiagnosticCodes.TooManySteps, 3), (diagnostic.Code, diagnostic.Position.Line));
    }

    [Theory]
    [InlineData("when: \"${ inputs.n } > 3\"", "inputs.n > 3")]
    [InlineData("when: \"${ inputs.n > 3 } \"", "inputs.n > 3")]
    public void A_condition_with_text_around_it_is_refused_with_the_mend(string when, string fix)
    {
        var diagnostic = Assert.Single(Read($"runbook: x\ninputs: {{ n: {{ type: integer }} }}\nsteps:\n  - id: a\n    {when}\n    wait: {{ for: 1s }}\n").Diagnostics);

        Assert.Equal(DiagnosticCodes.ConditionText, diagnostic.Code);
        Assert.Contains($"when: ${{ {fix} }}", diagnostic.Message, StringComparison.Ordinal);
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

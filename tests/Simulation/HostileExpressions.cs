using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Orchestrator.Workflows.Expressions;
using Orchestrator.Workflows.Runbooks;

namespace Orchestrator.Simulation;

/// <summary>
/// Expressions that try to end the process: random ones of a grammar, with recursion by each way into a function and each
/// built-in that recurses in .NET, put at random places of each other. Case n of a seed is always the same.
/// </summary>
public sealed class HostileExpressions(int seed, int number)
{
    // Each calls @ again without end, or as deep as it can: by a call, a conversion, an accessor, a callback, a generator.
    private static readonly string[] Ways =
    [
        "@()", "''+{toString(){return @()}}", "`${{toString(){return @()}}}`", "1*{valueOf(){return @()}}", "-{valueOf(){return @()}}", "({get a(){return @()}}).a",
        "({}) [{toString(){return @()}}]", "[2,1].sort(()=>@())", "[1].map(()=>@())", "[1].reduce((a)=>@(),0)", "[1].flatMap(()=>@())", "Array.from([1],()=>@())",
        "Array.from({length:1,get 0(){return @()}})", "'a'.replace(/a/,()=>@())", "'a'.replace('a',()=>@())", "'a'.replaceAll('a',()=>@())", "[...(function*(){yield @()})()]",
        "[...(function*(){yield* [@()]})()]", "new (class{a=@()})()", "(x=>x)(...[@()])", "JSON.stringify({toJSON(){return @()}})", "JSON.stringify([1],()=>@())", "JSON.parse('[1]',()=>@())",
        "new Map([[1,2]]).forEach(()=>@())", "new Set([1]).forEach(()=>@())", "Object.assign({},{get a(){return @()}})", "({...{get a(){return @()}}})", "[{toString(){return @()}}].join()",
        "String({toString(){return @()}})", "Number({valueOf(){return @()}})", "new Date({valueOf(){return @()}})", "Math.max({valueOf(){return @()}})", "'a'.split({toString(){return @()}})",
        "((a=@())=>a)()", "(({a=@()})=>a)({})", "(()=>{try{return @()}catch{return @()}})()", "(()=>{try{return @()}finally{@()}})()", "(async()=>@())()", "(()=>{for(const x of [1])return @()})()",
        "1<{valueOf(){return @()}}", "1=={valueOf(){return @()}}", "[1,2].toSorted(()=>@())", "Object.entries({get a(){return @()}})", "new Array(3).fill(0).findLast(()=>@())", "[...@()]", "[...[...@()]]", "(()=>{for(const x of @())return x})()", "Array.from(@())", "new Set(@())", "(([a])=>a)(@())", "@.call(null)", "@.apply(null,[])", "@.bind(null)()",
        "Object.defineProperty({},'a',{get:()=>@()}).a", "Object.groupBy([1],()=>@())", "(()=>{throw @()})()", "(()=>{with_:{return @()}})()", "parseInt({toString(){return @()}})", "encodeURIComponent({toString(){return @()}})", "'x'.padStart({valueOf(){return @()}})",
    ];

    // Deep, cyclic or doubled values, and what goes through all of a value.
    private static readonly string[] Values =
    [
        "[...Array(#)].reduce(a=>[a],[])", "[...Array(#)].reduce(a=>({a}),{})", "[...Array(~)].reduce(a=>[a,a],[1])", "(()=>{const a=[];a[0]=a;return a})()", "(()=>{const a={};a.a=a;return a})()",
        "[...Array(#)].reduce(f=>f.bind(null),()=>1)", "[...Array(#)].reduce(o=>Object.create(o),{})", "[...Array(#)].reduce(g=>(function*(){yield* g})(),[1])", "Array(#).fill('x'.repeat(#))", "'x'.repeat(#)", "Array(#).fill(0)",
        "[...Array(#)].reduce(s=>s+'x','')", "[...Array(#)].reduce(s=>'x'+s,'')", "[...Array(#)].reduce((s)=>[s,1].values(),[])", "[...Array(#)].reduce(i=>i.map(x=>x),[1].values())", "[...Array(#)].reduce(i=>i.take(9),[1].values())", "[...Array(#)].reduce(i=>i.flatMap(x=>[x]),[1].values())", "[...Array(#)].reduce(i=>i.drop(0),[1].values())", "Array(#)", "'['.repeat(#)", "'('.repeat(#)+')'.repeat(#)", "7n", "9".PadRight(40, '9') + "n",
        "new Map([[1,Array(#)]])", "[...Array(#)].reduce(e=>new Error('x',{cause:e}),1)", "[...Array(#)].reduce(m=>new Map([[m,m]]),1)", "inputs", "steps",
    ];

    private static readonly string[] Uses =
    [
        "JSON.stringify(@)", "JSON.stringify(@,null,9)", "(@).flat(Infinity)", "(@).flat().length", "''+(@)", "`${@}`", "(@).join(',')", "(@).toString()", "(@).toLocaleString()", "[...(@)]", "(@)()", "(@).x", "JSON.parse(@)", "JSON.parse('['+(@)+']',(k,v)=>[v])",
        "[].concat(@,@)", "Object.entries(@)", "({...(@)})", "(@).at(-1)", "(@).next()", "(@).return()", "(@).toArray()", "(@).map(x=>x)", "(@).values()", "new RegExp(@)", "new RegExp(@).test('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!')", "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab'.match(@)", "(@)*(@)", "(@)**9", "(@)+(@)", "(@)<<9", "(@)==(@)", "(@)<(@)", "(@).slice(1)", "(@).sort()", "(@).reverse()",
        "(@) instanceof Object", "String(@)", "Number(@)", "new Set(@).size", "Array.from(@)", "(@).normalize('NFKD')", "(@).split('')", "(@).replaceAll('x',@)", "(@).replace(/x/g,\"$'\")", "encodeURIComponent(@)", "parseFloat(@)", "Object.fromEntries(@)", "(@).with(0,1)", "(@).toSpliced(0,1)", "new Date(@)", "Math.max(...(@))",
        "[@,@,@]", "({a:@,b:@})", "(@)??(@)", "(@)||(@)", "(x=>[x,x])(@)", "(()=>{throw @})()", "(()=>{let a=@;for(let i=0;i<~;i++)a=a+a;return a})()", "(()=>{let a=@;for(let i=0;i<~;i++)a=[a,a];return a})()", "(()=>{let a=[@];for(let i=0;i<~;i++)a.push(...a)})()",
        "Array(9).fill(@).map(x=>@)", "import(@)", "(run.id,@)", "typeof (@)", "!(@)", "-(@)", "void (@)", "delete (@).x", "(@)?.x?.y", "(@).toTemporalInstant()", "(@).constructor(@)", "(@).constructor.constructor('return 1')()",
    ];

    private static readonly string[] Leaves = ["1", "0.1", "'a'", "null", "undefined", "[]", "{}", "inputs.units", "run.id", "steps.s1.result", "Array(9)", "/a/g", "()=>1", "NaN"];

    private static readonly string[] Nests = ["[|]", "(|)", "!|", "-|", "{a:|}", "()=>|", "1+(|)", "a?b:|", "new |", "`${|}`", "x=>{return |}", "[|]=[]", "((x=|)=>x)()", "|.a", "|()", "|+1", "|[0]", "a=>b=>|", "(|,1)", "class{a=|}", "if(1){|}", "{|}", "/(|)/", "async()=>|", "function(){return |}"];

    private readonly Random random = new(unchecked((seed * 1_000_003) + number));

    public static string Case(int seed, int number) => new HostileExpressions(seed, number).Make();

    /// <summary>Evaluates so many cases, alone or within a text or tree. Throws what is thrown; <paramref name="before"/> hears of each first.</summary>
    public static void Run(int seed, int from, int count, Action<int> before)
    {
        var evaluator = new ExpressionEvaluator();
        var scope = Scope.Empty.With("inputs", JsonElement.Parse("""{"units":2,"deep":[[[1,{"a":"x"}]]]}""")).With("run", JsonElement.Parse("""{"id":"r1"}""")).With("steps", JsonElement.Parse("""{"s1":{"result":3}}"""));
        for (var at = from; at < from + count; at++)
        {
            before(at);
            var place = new Place(1, 1);
            var expression = new ExpressionTemplate(Case(seed, at), place);
            Template template = (at % 4) switch
            {
                1 => new TextTemplate([expression, expression], place),
                2 => new MapTemplate([new("a", new ListTemplate([expression, expression], place))], place),
                _ => expression,
            };
            var evaluation = evaluator.Evaluate(template, scope);
            if (evaluation.IsUndefined || evaluation.Error is { Message.Length: > 2_000 })
            {
                throw new InvalidOperationException("neither a value nor an error that can be read");
            }
        }
    }

    /// <summary>A command's whole work: prints each case's number to where a dead process leaves it. 0 when all are alive.</summary>
    public static int RunCommand(int seed, int from, int count, string? lastFile)
    {
        var since = Stopwatch.GetTimestamp();
        var at = from;
        // Mapped memory outlives the process, and costs nothing a case.
        using var file = lastFile is null ? null : System.IO.MemoryMappedFiles.MemoryMappedFile.CreateFromFile(lastFile, FileMode.Create, null, 8);
        using var view = file?.CreateViewAccessor();
        try
        {
            Run(seed, from, count, next =>
            {
                at = next;
                view?.Write(0, next);
            });
        }
        catch (Exception exception)
        {
            Console.WriteLine($"seed {seed}, case {at}: {exception.GetType().Name}: {exception.Message}\n{Case(seed, at)}");
            return 1;
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $$"""{"name":"hostile-expressions","seed":{{seed}},"cases":{{count}},"seconds":{{Stopwatch.GetElapsedTime(since).TotalSeconds:0.0}}}"""));
        return 0;
    }

    private string Make() => random.Next(10_000) == 0 ? $"[/(a+)+$/.test('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab'),{Value(1)}]" : random.Next(100) switch
    {
        < 88 => Value(random.Next(1, 4)),
        < 93 => Recursion(),
        _ => Nested(),
    };

    private string Value(int depth)
    {
        if (depth == 0)
        {
            return Numbers(random.Next(6) == 0 ? Pick(Values) : Pick(Leaves));
        }

        return random.Next(60) == 0 ? $"({Recursion()})" : Fill(Pick(Uses), () => Value(depth - 1));
    }

    private string Recursion()
    {
        // One to five functions that call each other, each by another way: the engine's own limit counts only each alone.
        var functions = random.Next(4) == 0 ? random.Next(2, 60) : random.Next(1, 4);
        var code = new StringBuilder("(()=>{");
        for (var at = 0; at < functions; at++)
        {
            var next = $"f{(at + 1) % functions}";
            var body = Pick(Ways).Replace("@", next, StringComparison.Ordinal);
            var kind = random.Next(6) switch { 0 => "async function", 1 or 2 => "function*", _ => "function" };
            code.Append(CultureInfo.InvariantCulture, $"{kind} f{at}(){{{(kind == "function*" ? "yield" : "return")} {(random.Next(3) == 0 ? body : random.Next(2) == 0 ? $"[{body}]" : $"1+({body})")}}}");
        }

        return code.Append(CultureInfo.InvariantCulture, $"return {Fill(Pick(Uses), () => random.Next(2) == 0 ? "f0()" : Numbers(Pick(Leaves)))},f0()}})()").ToString();
    }

    private string Nested()
    {
        var code = Value(1);
        var times = (int)Math.Pow(2, random.NextDouble() * 13);
        var open = Pick(Nests).Split('|');
        var other = random.Next(3) == 0 ? Pick(Nests).Split('|') : open;
        var (before, after) = (new StringBuilder(), new StringBuilder());
        for (var at = 0; at < times && before.Length + after.Length < 15_000; at++)
        {
            var form = at % 2 == 0 ? open : other;
            before.Append(form[0]);
            after.Insert(0, form[1]);
        }

        return $"{before}{code}{after}";
    }

    private string Fill(string form, Func<string> part)
    {
        var code = new StringBuilder();
        foreach (var c in Numbers(form))
        {
            if (c == '@')
            {
                code.Append(part());
            }
            else
            {
                code.Append(c);
            }
        }

        return code.ToString();
    }

    // What takes the longest is rare: a pattern that never ends takes its whole half second.
    private string Numbers(string form) => form.Replace("~", random.Next(40) == 0 ? "40" : "8", StringComparison.Ordinal)
        .Replace("#", ((int)Math.Pow(10, random.NextDouble() * (random.Next(50) == 0 ? 5 : 3))).ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);

    private string Pick(string[] from) => from[random.Next(from.Length)];
}

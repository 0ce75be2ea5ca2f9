using System.Globalization;
using System.Text;

namespace Orchestrator.Workflows.Tests.Expressions.Hostile;

/// <summary>
/// Makes expressions that try to end the process: deep or endless values, everything that walks or converts a value, ways
/// to recurse, and large texts and sources, put together by chance. The same seed and number give the same expression.
/// </summary>
internal sealed class HostileGrammar
{
    private readonly Random chance;
    private int names;

    private HostileGrammar(int seed, int number) => chance = new Random(unchecked((seed * 1_000_003) + number));

    public static string Expression(int seed, int number)
    {
        var code = new HostileGrammar(seed, number).Start();
        return code.Length > 20_000 ? code[..20_000] : code;
    }

    // What takes long (endless, deep, large) is rare, so that there are many of the others.
    private string Start() => chance.Next(400) switch
    {
        < 3 => Use(Endless(), 1),
        < 5 => Use(Deep(), chance.Next(1, 3)),
        < 7 => Recursion(),
        < 9 => Large(),
        < 220 => Use(Value(2), chance.Next(1, 4)),
        < 270 => Source(),
        < 300 => Mutual(),
        < 320 => Slots(),
        < 340 => Walk(chance.Next(1, 4)),
        < 355 => Nested(),
        < 357 => $"(() => {{ try {{ return {Use(Endless(), 1)} }} catch {{ return {Use(Value(1), 1)} }} }})()",
        _ => Soup(),
    };

    private string One(params ReadOnlySpan<string> choices) => choices[chance.Next(choices.Length)];

    private string Name() => $"n{names++}";

    /// <summary>How deep: mostly a little, seldom enough for any stack.</summary>
    private int Depth() => chance.Next(60) switch { 0 => chance.Next(20_000, 90_000), < 6 => chance.Next(500, 5_000), _ => chance.Next(1, 120) };

    private string Value(int left) => left == 0 ? Leaf() : chance.Next(8) switch
    {
        0 => $"[{Value(left - 1)}, {Value(left - 1)}]",
        1 => $"({{ a: {Value(left - 1)}, [{Value(left - 1)}]: {Value(0)} }})",
        2 => $"({Value(left - 1)} {One("+", "-", "*", "/", "%", "**", "<<", ">>>", "<", "==", "===", "&&", "||", "??", ",")} {Value(left - 1)})",
        3 => $"({Value(left - 1)} ? {Value(0)} : {Value(left - 1)})",
        4 => $"`${{{Value(left - 1)}}}${{{Value(left - 1)}}}`",
        5 => $"(({Name()}) => {Value(left - 1)})",
        6 => Use(Value(left - 1), 1),
        _ => Leaf(),
    };

    private string Leaf() => One("0", "-0", "1e308", "NaN", "7n", "'x'", "''", "'\\ud800'", "null", "undefined", "true", "[]", "({})", "/(a*)*b/", "run.id", "run", "inputs.deep", "inputs.list", "Array(9)", "new Map()", "new Set([1])", "new Date(0)", "(function* () { yield 1 })()", "Symbol", "this", "Object", "Math");

    /// <summary>A value nested as deep as <see cref="Depth"/> says, made without deep calls.</summary>
    private string Deep()
    {
        var many = $"[...Array({Depth()})]";
        return One(
            $"{many}.reduce(a => [a], [])",
            $"{many}.reduce(a => ({{ a }}), {{}})",
            $"{many}.reduce(a => [a, a], [])",
            $"{many}.reduce(a => () => a(), () => 1)",
            $"{many}.reduce(a => a.bind(null), () => 1)",
            $"{many}.reduce(a => Object.create(a), {{}})",
            $"{many}.reduce(a => class extends a {{}}, class {{}})",
            $"{many}.reduce(a => (function* () {{ yield* a }})(), [1])",
            $"{many}.reduce(a => ({{ toString() {{ return '' + a }} }}), 'x')",
            $"{many}.reduce(a => ({{ valueOf() {{ return +a }} }}), 1)",
            $"{many}.reduce(a => ({{ toJSON() {{ return a }} }}), 1)",
            $"{many}.reduce(a => ({{ get a() {{ return a.a }} }}), {{}})",
            $"{many}.reduce(a => new Map([[a, a]]), 1)",
            $"{many}.reduce(a => a + 'x', run.id)",
            $"{many}.reduce(a => 'x' + a, run.id)",
            $"{many}.reduce(a => new Error('x', {{ cause: a }}), 1)",
            $"JSON.parse('['.repeat({Depth()}) + ']'.repeat({Depth()}))");
    }

    /// <summary>A value that has no end when it is used in the right way.</summary>
    private string Endless()
    {
        var o = Name();
        return "(() => { " + One(
            $"const {o} = {{ toString() {{ return '' + {o} }} }}; return {o}",
            $"const {o} = {{ valueOf() {{ return {o} * 1 }}, toString() {{ return `${{{o}}}` }} }}; return {o}",
            $"const {o} = {{ toString() {{ return run.id + {o} }} }}; return {o}",
            $"const {o} = {{ toJSON() {{ return JSON.stringify({o}) }} }}; return {o}",
            $"const {o} = {{ get a() {{ return {o}.a }} }}; return {o}",
            $"const {o} = {{ set a(v) {{ {o}.a = v }} }}; {o}.a = 1; return {o}",
            $"const {o} = []; {o}.push({o}, {o}); return {o}",
            $"const {o} = {{}}; {o}.a = {o}; return {o}",
            $"const {o} = []; {o}.toString = () => '' + {o}; return {o}",
            $"const {o} = {{ [Object.getOwnPropertySymbols(Array.prototype)[0]]: function* () {{ yield* {o} }} }}; return {o}",
            $"const {o} = {{ [Object.getOwnPropertySymbols(Date.prototype)[0]]() {{ return {o} + 1 }} }}; return {o}",
            $"const {o} = function* () {{ yield* {o}() }}; return {o}()",
            $"const {o} = function* () {{ while (true) yield {o} }}; return {o}()",
            $"const {o} = () => {o}.call(); return {o}",
            $"class {o} {{ constructor() {{ return new {o}() }} }}; return {o}",
            $"class {o} {{ static get a() {{ return this.a }} }}; return {o}",
            $"const {o} = async () => await {o}(); return {o}",
            $"const {o} = {{ then(f) {{ f({o}) }} }}; return (async () => await {o})()",
            $"const {o} = {{ length: 1e9, 0: 'x' }}; return {o}") + " })()";
    }

    /// <summary>Uses a value in one of the ways that walk or convert it.</summary>
    private string Use(string value, int times)
    {
        for (var i = 0; i < times; i++)
        {
            var v = Name();
            var use = One(
                "'' + V", "`${V}`", "V * 1", "V < V", "V == 'x'", "-V", "V in { a: 1 }", "V instanceof V", "({})[V]", "V[V]", "V?.a", "V()", "new V()", "V.next()", "String(V)", "Number(V)", "JSON.stringify(V)",
                "JSON.stringify({ a: V }, null, 10)", "JSON.stringify(1, () => V)", "JSON.stringify([1], (k, v) => [v])", "JSON.parse('[1,[2]]', () => V)", "JSON.parse('[[1],[2],3]', function (k, v) { this[1] = V; return v })",
                "JSON.parse(V)", "V.flat(Infinity)", "[V].flat(1e9)", "[].concat(V, V)", "[V, V].join(V)", "V.toString()", "V.toLocaleString()", "[V].toLocaleString()", "[V, V, V].sort()", "[3, 1, 2].sort(() => V)", "[V].flatMap(x => x)",
                "Array.from(V)", "Array.from({ length: 9 }, () => V)", "Array.from(V, x => [x, V])", "[...V]", "({ ...V })", "Math.max(...V)", "new Set(V)", "new Map(V)", "new Map([[V, V]])", "Object.entries(V)", "Object.assign({}, V)", "Object.fromEntries(V)",
                "Object.freeze(V)", "Object.keys(V)", "new Date(V)", "new Error(V).toString()", "new RegExp(V)", "'aaa'.replace(/a/g, () => V)", "'aaa'.replaceAll('a', V)", "'aaa'.split(V)", "'a'.padEnd(V, V)", "'a'.repeat(V)", "'abc'.match(V)", "'abc'.localeCompare(V)",
                "encodeURIComponent(V)", "parseInt(V)", "isNaN(V)", "[1].includes(V)", "[V].indexOf(V)", "[1, 2].reduce(() => V)", "[1].map(V)", "[1].find(V)", "V.map(V)", "V.constructor", "V.__proto__.__proto__", "V.x.y.z", "typeof V", "V",
                "(([a = V, ...b]) => [a, b])(V)", "(({ a, ...b }) => [a, b])(V)", "(a => a)`${V}`", "[...(function* () { yield* V })()]", "(() => { for (const x of V) return x })()", "(() => { for (const x in V) return x })()", "(() => { throw V })()", "(async () => await V)()", "V.a",
                "Object.defineProperty({}, 'a', V)", "Array.prototype.concat.call(V, V)", "Array.prototype.fill.call(V, 1)", "Array.prototype.join.call(V)", "Array.prototype.sort.call(V)", "V.reverse()", "V.with(0, V)", "V.toSorted()", "V.entries()", "Object.groupBy(V, x => x)", "V.apply(V, V)", "Function.prototype.call.call(V)");
            value = $"(({v}) => {use.Replace("V", v, StringComparison.Ordinal)})({value})";
        }

        return value;
    }

    /// <summary>A function that comes back to itself on a way that is no plain call.</summary>
    private string Recursion()
    {
        var f = Name();
        var call = One($"{f}()", $"{f}.call()", $"{f}.apply(null, [1])", $"[1].map({f})", $"[1, 2].sort({f})", $"'a'.replace(/a/, {f})", $"Array.from([1], {f})", $"JSON.stringify(1, {f})", $"JSON.parse('1', {f})", $"{f}`x`", $"new {f}()", $"[1].flatMap({f})", $"new Map([[1, 1]]).forEach({f})", $"{f}.bind(null)()", $"[1, 2].reduce({f})", $"Object.groupBy([1], {f})");
        return One(
            $"(() => {{ const {f} = () => {Use(call, 1)}; return {f}() }})()",
            $"(function {f}() {{ return {Use(call, 1)} }})()",
            $"(function {f}(a = {call}) {{ return a }})()",
            $"(function {f}({{ a = {call} }} = {{}}) {{ return a }})()",
            $"(function {f}() {{ try {{ return {call} }} catch {{ return {call} }} finally {{ {call} }} }})()",
            $"(() => {{ function* {f}() {{ yield* {f}() }} return [...{f}()] }})()",
            $"(() => {{ function* {f}() {{ yield [...{f}()] }} return [...{f}()] }})()",
            $"(() => {{ const {f} = async () => {{ await 1; return {f}() }}; return {f}() }})()",
            $"(() => {{ const m = () => {{ const g = () => m(); return [g()] }}; return m() }})()",
            $"(() => {{ const m = n => class {{ static x = m(n + 1) }}; return m(0) }})()",
            $"(() => {{ const m = n => ({{ get [`a${{n}}`]() {{ return m(n + 1)[`a${{n + 1}}`] }} }}); return m(0).a0 }})()",
            $"(() => {{ let {f} = 0; while (true) {{ {f} = [{f}] }} }})()",
            $"(() => {{ for (;;) {{ {Use(Value(1), 1)} }} }})()");
    }

    private string Large()
    {
        var n = One("100", "70000", "4000000", "4194304", "1e9", "-1", "2**32");
        return One(
            $"'x'.repeat({n})", $"('x'.repeat({n}) + run.id).match(/x/g).length", $"[...'x'.repeat({n})].length", $"'x'.repeat({n}).split('')", $"'x'.repeat({n}).split(/x/)", $"Array({n}).fill(1)", $"Array({n}).join('xy')",
            $"'x'.repeat({n}).replace(/x/g, 'yyyyyyyyyyyyyyyyyyyy')", $"'x'.repeat({n}).replace(/x/g, () => 'yyyyyyyyyyyyyyyyyyyyyyyyyyyy')", $"'x'.repeat({n}).indexOf('x'.repeat(2000000) + 'y')", $"'x'.repeat({n}).padStart({n}, 'ab')", $"new Array({n}).toString()",
            $"Array.from({{ length: {n} }})", $"Array.from({{ length: {n} }}, (_, i) => i).sort((a, b) => b - a)[0]", "(() => { let s = run.id; for (;;) s += s })()", "(() => { let s = ['x']; for (;;) s = s.concat(s) })()", "(() => { let s = ['x']; for (;;) s.push(...s) })()",
            "(() => { let a = 7n; for (let i = 0; i < 40; i++) a = a * a; return a })()", "(() => { let a = 7n; for (let i = 0; i < 60; i++) a = a + a; return a })()", "7n ** 100000000n", "1n << 1000000000n", $"'{new string('a', chance.Next(10, 40))}b'.match(/^(a+)+$/)", $"/(x+x+)+y/.test('x'.repeat({n}))",
            $"'x'.repeat({n}).toUpperCase().normalize().trim()", $"encodeURIComponent('\\u20ac'.repeat({n}))", $"JSON.stringify('\\u0001'.repeat({n}))", $"JSON.parse('[' + '1,'.repeat({n}) + '1]').length", $"new Set('x'.repeat({n}))", $"'x'.repeat({n}).lastIndexOf('y')", $"String.raw({{ raw: {{ length: {n} }} }})", $"String.fromCharCode(...Array({n}))", $"Math.max(...Array({n}))", $"(1.5).toFixed({n})", $"new RegExp('('.repeat({n}))", $"new RegExp('a{{1,1000}}'.repeat(50)).test('a'.repeat({n}))", "import('fs')", "(run.id, import('fs'))", "import.meta");
    }

    // Each calls @ again: by a call, a conversion, an accessor, a callback, a generator.
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

    // Deep, cyclic or doubled values, and what goes through all of a value. # is a size, ~ a few.
    private static readonly string[] Values =
    [
        "[...Array(#)].reduce(a=>[a],[])", "[...Array(#)].reduce(a=>({a}),{})", "[...Array(~)].reduce(a=>[a,a],[1])", "(()=>{const a=[];a[0]=a;return a})()", "(()=>{const a={};a.a=a;return a})()",
        "[...Array(#)].reduce(f=>f.bind(null),()=>1)", "[...Array(#)].reduce(o=>Object.create(o),{})", "[...Array(#)].reduce(g=>(function*(){yield* g})(),[1])", "Array(#).fill('x'.repeat(#))", "'x'.repeat(#)", "Array(#).fill(0)",
        "[...Array(#)].reduce(s=>s+'x','')", "[...Array(#)].reduce(s=>'x'+s,'')", "[...Array(#)].reduce((s)=>[s,1].values(),[])", "[...Array(#)].reduce(i=>i.map(x=>x),[1].values())", "[...Array(#)].reduce(i=>i.take(9),[1].values())", "[...Array(#)].reduce(i=>i.flatMap(x=>[x]),[1].values())", "[...Array(#)].reduce(i=>i.drop(0),[1].values())", "Array(#)", "'['.repeat(#)", "'('.repeat(#)+')'.repeat(#)", "7n", "9".PadRight(40, '9') + "n",
        "new Map([[1,Array(#)]])", "[...Array(#)].reduce(e=>new Error('x',{cause:e}),1)", "[...Array(#)].reduce(m=>new Map([[m,m]]),1)", "inputs", "run",
    
    ];

    private static readonly string[] Uses =
    [
        "JSON.stringify(@)", "JSON.stringify(@,null,9)", "(@).flat(Infinity)", "(@).flat().length", "''+(@)", "`${@}`", "(@).join(',')", "(@).toString()", "(@).toLocaleString()", "[...(@)]", "(@)()", "(@).x", "JSON.parse(@)", "JSON.parse('['+(@)+']',(k,v)=>[v])",
        "[].concat(@,@)", "Object.entries(@)", "({...(@)})", "(@).at(-1)", "(@).next()", "(@).return()", "(@).toArray()", "(@).map(x=>x)", "(@).values()", "new RegExp(@)", "new RegExp(@).test('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!')", "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab'.match(@)", "(@)*(@)", "(@)**9", "(@)+(@)", "(@)<<9", "(@)==(@)", "(@)<(@)", "(@).slice(1)", "(@).sort()", "(@).reverse()",
        "(@) instanceof Object", "String(@)", "Number(@)", "new Set(@).size", "Array.from(@)", "(@).normalize('NFKD')", "(@).split('')", "(@).replaceAll('x',@)", "(@).replace(/x/g,\"$'\")", "encodeURIComponent(@)", "parseFloat(@)", "Object.fromEntries(@)", "(@).with(0,1)", "(@).toSpliced(0,1)", "new Date(@)", "Math.max(...(@))",
        "[@,@,@]", "({a:@,b:@})", "(@)??(@)", "(@)||(@)", "(x=>[x,x])(@)", "(()=>{throw @})()", "(()=>{let a=@;for(let i=0;i<~;i++)a=a+a;return a})()", "(()=>{let a=@;for(let i=0;i<~;i++)a=[a,a];return a})()", "(()=>{let a=[@];for(let i=0;i<~;i++)a.push(...a)})()",
        "Array(9).fill(@).map(x=>@)", "import(@)", "(run.id,@)", "typeof (@)", "!(@)", "-(@)", "void (@)", "delete (@).x", "(@)?.x?.y", "(@).toTemporalInstant()", "(@).constructor(@)", "(@).constructor.constructor('return 1')()",
    
        "[...Array(#)].map((_,i)=>(@)+i).sort()", "({...(@)})", "(({...r})=>r)(@)", "Math.max(...[...Array(~)].fill(@))", "Array(#).fill(@).map(JSON.stringify)", "Array(#).fill(@).map(String)", "Array(#).fill(@).every(x=>x)", "(()=>{let s=@;for(let i=0;i<~;i++)s+=s;return s})()",
    ];

    private static readonly string[] Nests = ["[|]", "(|)", "!|", "-|", "{a:|}", "()=>|", "1+(|)", "a?b:|", "new |", "`${|}`", "x=>{return |}", "[|]=[]", "((x=|)=>x)()", "|.a", "|()", "|+1", "|[0]", "a=>b=>|", "(|,1)", "class{a=|}", "if(1){|}", "{|}", "/(|)/", "async()=>|", "function(){return |}"];

    // Where built-in functions look for a function, and built-in functions to put there.
    private static readonly string[] Slot = ["toString", "valueOf", "toLocaleString", "toJSON", "toISOString", "length", "join", "exec", "flags", "source", "name", "message", "then", "next", "return", "done", "value", "size", "has", "keys", "constructor", "lastIndex", "raw", "at", "index", "get", "set"];

    private static readonly string[] Holders = ["{}", "[1, 2]", "new Error('x')", "/a/g", "new Date(0)", "new Map([[1, 2]])", "new Set([1])", "Object('x')", "Object(1)", "(() => 1)", "[1].values()", "[1].values().map(x => x)", "Object.create(RegExp.prototype)", "Object.create(Error.prototype)", "Object.create(Array.prototype)", "Object.create(null)", "(async () => 1)()", "(function* () { yield 1 })()"];

    private string BuiltIn() => One("''.trim", "''.concat", "''.at", "''.split", "''.replace", "''.toUpperCase", "''.repeat", "''.localeCompare", "[].toString", "[].join", "[].includes", "[].map", "[].every", "[].concat", "[].flat", "[].sort", "[].slice", "[].push", "[].toLocaleString", "[].values", "({}).toString", "({}).toLocaleString", "({}).valueOf", "({}).hasOwnProperty", "/a/.test", "/a/.exec", "/a/.toString", "new Date(0).toJSON", "new Date(0).toString", "new Error().toString", "JSON.stringify", "JSON.parse", "Object.keys", "Object.entries", "Object.assign", "Object.freeze", "Array.from", "Number", "String", "RegExp", "Error", "Math.max", "(1).toFixed", "new Map().forEach", "new Map().get", "new Set().union", "new Set().has", "(() => 1).call", "(() => 1).apply", "(() => 1).bind", "(() => 1).toString", "[].values().next", "[].values().map(x => x).next", "(async () => 1)().then", "encodeURIComponent", "''['tr' + 'im']");

    /// <summary>Built-in functions that call built-in functions: put where one looks for a function, or given to one.</summary>
    private string Slots()
    {
        var o = Name();
        var code = new StringBuilder($"(() => {{ const {o} = {Holders[chance.Next(Holders.Length)]}; ");
        for (var count = chance.Next(1, 4); count > 0; count--)
        {
            var (slot, what) = (Slot[chance.Next(Slot.Length)], chance.Next(4) == 0 ? o : BuiltIn());
            code.Append(One($"{o}.{slot} = {what}; ", $"Object.defineProperty({o}, '{slot}', {{ value: {what} }}); ", $"Object.defineProperty({o}, '{slot}', {{ get: {what} }}); ", $"Object.assign({o}, {{ {slot}: {what} }}); ", $"[{o}.{slot}] = [{what}]; ", $"for (const s of Object.getOwnPropertySymbols({One("Array.prototype", "Date.prototype", "RegExp.prototype", "Array", "Map.prototype")})) {o}[s] = {what}; "));
        }

        code.Append("return ").Append(chance.Next(3) == 0 ? $"Array({One("3", "3", "99", "9999")}).fill({One(o, "'x'.repeat(9999)", "Array(99).fill(1)", "'[1]'")}).{One("map", "every", "flatMap", "find", "reduce", "sort")}({BuiltIn()}, {One(o, "''.trim", "[1]")})" : Use(o, 1));
        return code.Append(" })()").ToString();
    }

    /// <summary>One to many functions that call each other, each by another way: the engine's own limit counts only each alone.</summary>
    private string Mutual()
    {
        var functions = chance.Next(8) == 0 ? chance.Next(2, 60) : chance.Next(1, 4);
        var code = new StringBuilder("(()=>{");
        for (var at = 0; at < functions; at++)
        {
            var body = Ways[chance.Next(Ways.Length)].Replace("@", $"f{(at + 1) % functions}", StringComparison.Ordinal);
            var kind = chance.Next(6) switch { 0 => "async function", 1 or 2 => "function*", _ => "function" };
            code.Append(CultureInfo.InvariantCulture, $"{kind} f{at}(){{{(kind == "function*" ? "yield" : "return")} {(chance.Next(3) == 0 ? body : chance.Next(2) == 0 ? $"[{body}]" : $"1+({body})")}}}");
        }

        return code.Append("return ").Append(Fill(Uses[chance.Next(Uses.Length)], () => chance.Next(2) == 0 ? "f0()" : Leaf())).Append(",f0()})()").ToString();
    }

    /// <summary>Values within uses within uses.</summary>
    private string Walk(int depth) => depth == 0 ? (chance.Next(6) == 0 ? Fill(Values[chance.Next(Values.Length)], Leaf) : Leaf())
        : chance.Next(60) == 0 ? $"({Mutual()})" : Fill(Uses[chance.Next(Uses.Length)], () => Walk(depth - 1));

    private string Nested()
    {
        var times = (int)Math.Pow(2, chance.NextDouble() * 13);
        var open = Nests[chance.Next(Nests.Length)].Split('|');
        var other = chance.Next(3) == 0 ? Nests[chance.Next(Nests.Length)].Split('|') : open;
        var (before, after, written) = (new StringBuilder(), new Stack<string>(), 0);
        for (var at = 0; at < times && written < 15_000; at++)
        {
            var form = at % 2 == 0 ? open : other;
            before.Append(form[0]);
            after.Push(form[1]);
            written += form[0].Length + form[1].Length;
        }

        return $"{before}{Walk(1)}{string.Concat(after)}";
    }

    private string Fill(string form, Func<string> part)
    {
        var code = new StringBuilder();
        foreach (var c in form)
        {
            code.Append(c switch
            {
                '@' => part(),
                '~' => chance.Next(40) == 0 ? "40" : "8",
                '#' => ((int)Math.Pow(10, chance.NextDouble() * (chance.Next(50) == 0 ? 5 : 3))).ToString(CultureInfo.InvariantCulture),
                _ => c.ToString(),
            });
        }

        return code.ToString();
    }

    /// <summary>Source that is nested itself.</summary>
    private string Source()
    {
        var n = chance.Next(3) == 0 ? chance.Next(500, 16_000) : chance.Next(1, 500);
        var (open, middle, close) = chance.Next(14) switch
        {
            0 => ("(", "1", ")"), 1 => ("[", "1", "]"), 2 => ("{a:", "1", "}"), 3 => ("1+", "1", ""), 4 => ("!", "1", ""), 5 => ("- ", "1", ""), 6 => ("()=>", "1", ""), 7 => ("1?1:", "1", ""),
            8 => ("`${", "1", "}`"), 9 => ("typeof ", "1", ""), 10 => ("f(", "1", ")"), 11 => ("function(){return ", "1", "}"), 12 => ("run", "", ".a"), _ => ("async()=>await ", "1", ""),
        };
        return string.Concat(Enumerable.Repeat(open, n)) + middle + string.Concat(Enumerable.Repeat(close, n));
    }

    private string Soup() => string.Join(' ', Enumerable.Range(0, chance.Next(1, 14)).Select(_ => One("(", ")", "[", "]", "{", "}", "=>", "...", "yield", "await", "async", "function", "class", "new", "delete", "void", "this", "super", "`", "'", "/", "*", "**", "?.", "??", "=", ",", ";", ":", "#a", "@", "\\u0000", "0x", "1e", "run", "inputs", "let", "return", "get", "static", "import", "eval", "arguments", "in", "of", "\n", "//", "/*", "*/")));
}

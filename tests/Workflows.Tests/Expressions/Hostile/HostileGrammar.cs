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
        < 272 => $"(() => {{ try {{ return {Use(Endless(), 1)} }} catch {{ return {Use(Value(1), 1)} }} }})()",
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

using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Orchestrator.Text;

namespace Orchestrator.Infra.Metrics.Querying;

/// <summary>
/// Reads the part of PromQL that can be answered from the last few scrapes: selectors with matchers and ranges, <c>rate</c> and its like,
/// <c>histogram_quantile</c>, aggregations by labels, arithmetic, comparisons and <c>or</c>, <c>and</c>, <c>unless</c>. Throws <see cref="QueryException"/> for anything else.
/// </summary>
internal sealed class QueryReader
{
    /// <summary>Aggregations.</summary>
    public static ImmutableArray<string> Aggregations { get; } = ["sum", "avg", "min", "max", "count"];

    /// <summary>Functions over a range of samples.</summary>
    public static ImmutableArray<string> RangeFunctions { get; } = ["rate", "irate", "increase", "delta", "avg_over_time", "min_over_time", "max_over_time"];

    /// <summary>Other functions, with the number of their arguments.</summary>
    public static ImmutableSortedDictionary<string, int> Functions { get; } = ImmutableSortedDictionary.CreateRange(
        StringComparer.Ordinal,
        [
            KeyValuePair.Create("histogram_quantile", 2), KeyValuePair.Create("timestamp", 1), KeyValuePair.Create("abs", 1), KeyValuePair.Create("clamp_min", 2),
            KeyValuePair.Create("clamp_max", 2), KeyValuePair.Create("time", 0),
        ]);

    private const int Deepest = 64;
    private const int Longest = 10_000;

    private static readonly string[][] levels = [["or"], ["and", "unless"], ["==", "!=", "<=", "<", ">=", ">"], ["+", "-"], ["*", "/", "%"]];

    private readonly string _text;
    private int _at;
    private int _depth;

    private QueryReader(string text) => _text = text;

    public static QueryNode Read(string text)
    {
        if (text.Length > Longest)
        {
            throw new QueryException(Longest, $"a query has at most {Longest} characters");
        }

        var reader = new QueryReader(text);
        var node = reader.ReadBinary(0);
        reader.SkipBlanks();
        return reader._at == text.Length ? node : throw reader.Wrong($"'{text[reader._at]}' is not expected");
    }

    private QueryNode ReadBinary(int level)
    {
        if (level == levels.Length)
        {
            return ReadUnary();
        }

        var left = ReadBinary(level + 1);
        while (TakeOperator(levels[level]) is var (found, column))
        {
            var isBool = levels[level].Contains("==") && TakeWord("bool");
            if (PeekWord() is ("on" or "ignoring" or "group_left" or "group_right") and { } matching)
            {
                throw Wrong($"'{matching}' needs a Prometheus server; both sides must have the same labels here");
            }

            left = new BinaryNode(found, left, ReadBinary(level + 1), isBool, column);
            // A chain makes a tree as deep as it is long, which is walked later.
            Enter(column);
        }

        return left;
    }

    private QueryNode ReadUnary()
    {
        SkipBlanks();
        var column = _at + 1;
        if (_at < _text.Length && _text[_at] is '-' or '+')
        {
            var negative = _text[_at++] == '-';
            Enter(column);
            var of = ReadUnary();
            return negative ? new NegateNode(of, column) : of;
        }

        return ReadPrimary();
    }

    private QueryNode ReadPrimary()
    {
        SkipBlanks();
        var column = _at + 1;
        if (_at == _text.Length)
        {
            throw Wrong("the query ends too soon");
        }

        var letter = _text[_at];
        if (letter == '(')
        {
            _at++;
            Enter(column);
            var inner = ReadBinary(0);
            _depth--;
            Take(')');
            return inner;
        }

        if (char.IsAsciiDigit(letter) || letter == '.')
        {
            return ReadNumber();
        }

        if (letter == '{')
        {
            return ReadSelector(null, column);
        }

        var name = ReadName();
        if (name.Length == 3 && Scraping.ExpositionReader.ParseNumber(name) is { } number)
        {
            return new NumberNode(number, column);
        }

        SkipBlanks();
        var next = _at < _text.Length ? _text[_at] : '\0';
        if (Aggregations.Contains(name) && (next == '(' || PeekWord() is "by" or "without"))
        {
            return ReadAggregate(name, column);
        }

        return next == '(' ? ReadCall(name, column) : ReadSelector(name, column);
    }

    private AggregateNode ReadAggregate(string name, int column)
    {
        Enter(column);
        var grouping = ReadGrouping();
        Take('(');
        var of = ReadBinary(0);
        Take(')');
        _depth--;
        grouping ??= ReadGrouping();
        return new AggregateNode(name, of, grouping?.Labels ?? [], grouping?.Without ?? false, column);
    }

    private (ImmutableArray<string> Labels, bool Without)? ReadGrouping()
    {
        var without = TakeWord("without");
        if (!without && !TakeWord("by"))
        {
            return null;
        }

        Take('(');
        var labels = ImmutableArray.CreateBuilder<string>();
        while (!TryTake(')'))
        {
            SkipBlanks();
            labels.Add(ReadName());
            if (!TryTake(','))
            {
                Take(')');
                break;
            }
        }

        return (labels.ToImmutable(), without);
    }

    private CallNode ReadCall(string name, int column)
    {
        Enter(column);
        Take('(');
        var arguments = ImmutableArray.CreateBuilder<QueryNode>();
        while (!TryTake(')'))
        {
            arguments.Add(ReadBinary(0));
            if (!TryTake(','))
            {
                Take(')');
                break;
            }
        }

        _depth--;
        var isRange = RangeFunctions.Contains(name);
        if (!isRange && !Functions.ContainsKey(name))
        {
            string[] known = [.. RangeFunctions, .. Functions.Keys, .. Aggregations];
            throw new QueryException(column, $"there is no function '{name}' for scraped endpoints{Suggest.Hint(name, known)}; there are {string.Join(", ", known.Order(StringComparer.Ordinal))}");
        }

        var expected = isRange ? 1 : Functions[name];
        if (arguments.Count != expected)
        {
            throw new QueryException(column, $"{name} takes {expected} argument{(expected == 1 ? "" : "s")}, here are {arguments.Count}");
        }

        for (var index = 0; index < arguments.Count; index++)
        {
            if (isRange != arguments[index] is SelectorNode { Range: not null })
            {
                throw new QueryException(arguments[index].Column, isRange ? $"{name} takes a series with a range, as in {name}(requests_total[1m])" : $"{name} takes no range");
            }
        }

        return new CallNode(name, arguments.ToImmutable(), column);
    }

    private SelectorNode ReadSelector(string? name, int column)
    {
        var matchers = ImmutableArray.CreateBuilder<LabelMatcher>();
        if (TryTake('{'))
        {
            while (!TryTake('}'))
            {
                SkipBlanks();
                matchers.Add(ReadMatcher());
                if (!TryTake(','))
                {
                    Take('}');
                    break;
                }
            }
        }

        if (name is null && matchers.FirstOrDefault(matcher => matcher is { Label: "__name__", Pattern: null, Negated: false }) is { } named)
        {
            name = named.Value;
        }

        if (name is null)
        {
            throw new QueryException(column, "a series needs a metric's name");
        }

        TimeSpan? range = null;
        if (TryTake('['))
        {
            range = ReadDuration();
            Take(']');
        }

        if (PeekWord() is "offset" || (_at < _text.Length && _text[_at] == '@'))
        {
            throw Wrong("a time in the past needs a Prometheus server");
        }

        return new SelectorNode(name, [.. matchers.Where(matcher => matcher.Label != "__name__")], range, column);
    }

    private LabelMatcher ReadMatcher()
    {
        var label = ReadName();
        SkipBlanks();
        var symbol = ((string[])["=~", "!~", "!=", "="]).FirstOrDefault(symbol => string.CompareOrdinal(_text, _at, symbol, 0, symbol.Length) == 0)
            ?? throw Wrong("=, !=, =~ or !~ is expected");
        _at += symbol.Length;
        SkipBlanks();
        var column = _at + 1;
        var value = ReadText();
        try
        {
            var pattern = symbol[^1] == '~' ? new Regex($"^(?:{value})$", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | RegexOptions.Singleline) : null;
            return new LabelMatcher(label, value, pattern, symbol[0] == '!');
        }
        catch (Exception exception) when (exception is ArgumentException or NotSupportedException or InvalidOperationException)
        {
            throw new QueryException(column, $"'{value}' is not a regular expression: {exception.Message}");
        }
    }

    private string ReadText()
    {
        var quote = _at < _text.Length ? _text[_at] : '\0';
        if (quote is not ('"' or '\'' or '`'))
        {
            throw Wrong("a text in quotes is expected");
        }

        _at++;
        var text = new StringBuilder();
        while (_at < _text.Length && _text[_at] != quote)
        {
            var letter = _text[_at++];
            if (letter == '\\' && quote != '`' && _at < _text.Length)
            {
                var escaped = _text[_at++];
                text.Append(escaped switch { 'n' => '\n', 't' => '\t', 'r' => '\r', '\\' or '"' or '\'' => escaped, _ => throw Wrong($"'\\{escaped}' is not an escape; a backslash is written twice") });
            }
            else
            {
                text.Append(letter);
            }
        }

        Take(quote);
        return text.ToString();
    }

    private NumberNode ReadNumber()
    {
        var from = _at;
        while (_at < _text.Length && (char.IsAsciiDigit(_text[_at]) || _text[_at] is '.' or 'e' or 'E' || (_text[_at] is '+' or '-' && _text[_at - 1] is 'e' or 'E')))
        {
            _at++;
        }

        return double.TryParse(_text.AsSpan(from, _at - from), NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out var number)
            ? new NumberNode(number, from + 1)
            : throw new QueryException(from + 1, $"'{_text[from.._at]}' is not a number");
    }

    private TimeSpan ReadDuration()
    {
        SkipBlanks();
        var (column, milliseconds) = (_at + 1, 0.0);
        while (_at < _text.Length && char.IsAsciiDigit(_text[_at]))
        {
            var from = _at;
            while (_at < _text.Length && char.IsAsciiDigit(_text[_at]))
            {
                _at++;
            }

            var count = double.Parse(_text.AsSpan(from, _at - from), CultureInfo.InvariantCulture);
            var unit = ((string[])["ms", "s", "m", "h", "d", "w", "y"]).FirstOrDefault(unit => string.CompareOrdinal(_text, _at, unit, 0, unit.Length) == 0)
                ?? throw Wrong("a duration's unit is expected: ms, s, m, h, d, w, y");
            _at += unit.Length;
            milliseconds += count * unit switch { "ms" => 1, "s" => 1e3, "m" => 6e4, "h" => 3.6e6, "d" => 8.64e7, "w" => 6.048e8, _ => 3.1536e10 };
        }

        return milliseconds is > 0 and < 1e12 ? TimeSpan.FromMilliseconds(milliseconds) : throw new QueryException(column, "a duration is expected, as in 1m or 1h30m");
    }

    private string ReadName()
    {
        var from = _at;
        while (_at < _text.Length && (char.IsAsciiLetter(_text[_at]) || _text[_at] is '_' or ':' || (_at > from && char.IsAsciiDigit(_text[_at]))))
        {
            _at++;
        }

        return _at > from ? _text[from.._at] : throw Wrong(from < _text.Length ? $"a name is expected, here is '{_text[from]}'" : "a name is expected, here the query ends");
    }

    private (string Operator, int Column)? TakeOperator(string[] operators)
    {
        SkipBlanks();
        foreach (var one in operators)
        {
            if (string.CompareOrdinal(_text, _at, one, 0, one.Length) == 0 && (!char.IsAsciiLetter(one[0]) || PeekWord() == one))
            {
                var column = _at + 1;
                _at += one.Length;
                return (one, column);
            }
        }

        return null;
    }

    private string? PeekWord()
    {
        SkipBlanks();
        var end = _at;
        while (end < _text.Length && (char.IsAsciiLetterOrDigit(_text[end]) || _text[end] == '_'))
        {
            end++;
        }

        return end > _at ? _text[_at..end] : null;
    }

    private bool TakeWord(string word)
    {
        if (PeekWord() != word)
        {
            return false;
        }

        _at += word.Length;
        return true;
    }

    private bool TryTake(char letter)
    {
        SkipBlanks();
        if (_at >= _text.Length || _text[_at] != letter)
        {
            return false;
        }

        _at++;
        return true;
    }

    private void Take(char letter)
    {
        if (!TryTake(letter))
        {
            throw Wrong(_at < _text.Length ? $"'{letter}' is expected, here is '{_text[_at]}'" : $"'{letter}' is expected, here the query ends");
        }
    }

    private void Enter(int column)
    {
        if (++_depth > Deepest)
        {
            throw new QueryException(column, $"the query is nested or chained more than {Deepest} deep");
        }
    }

    private void SkipBlanks()
    {
        while (_at < _text.Length && char.IsWhiteSpace(_text[_at]))
        {
            _at++;
        }
    }

    private QueryException Wrong(string reason) => new(_at + 1, reason);
}

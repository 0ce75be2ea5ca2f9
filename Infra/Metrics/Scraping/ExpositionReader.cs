using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace Orchestrator.Infra.Metrics.Scraping;

/// <summary>
/// Reads an exposition: Prometheus' text format 0.0.4 and OpenMetrics 1.0. HELP, UNIT, other comments and exemplars are passed over. Throws
/// <see cref="ExpositionException"/>, and nothing else, when the text is not in the format, names a series twice, or holds more than <c>most</c> series.
/// </summary>
internal sealed class ExpositionReader
{
    /// <summary>No line of an exposition is longer, in characters.</summary>
    public const int LongestLine = 64 * 1024;

    private readonly ExpositionFormat _format;
    private readonly int _most;
    private readonly Dictionary<string, Dictionary<Labels, ExposedSample>> _samples = new(StringComparer.Ordinal);
    private readonly ImmutableDictionary<string, string>.Builder _types = ImmutableDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
    private readonly List<KeyValuePair<string, string>> _labels = [];
    private string _text = "";
    private int _line;
    private int _at;
    private int _series;
    private DateTimeOffset? _newest;

    private ExpositionReader(ExpositionFormat format, int most) => (_format, _most) = (format, most);

    /// <param name="most">The most series that are taken in.</param>
    public static ExpositionPage Read(string text, ExpositionFormat format, int most) => new ExpositionReader(format, most).Read(text);

    private ExpositionPage Read(string text)
    {
        var (start, ended) = (0, false);
        while (start < text.Length)
        {
            _line++;
            var end = text.IndexOf('\n', start);
            end = end < 0 ? text.Length : end;
            if (end - start > LongestLine)
            {
                throw Wrong($"the line is longer than {LongestLine} characters");
            }

            _text = text[start..end].TrimEnd('\r');
            _at = 0;
            start = end + 1;
            if (ended)
            {
                throw Wrong("there is something after # EOF");
            }

            ended = ReadLine();
        }

        if (_format == ExpositionFormat.OpenMetrics && !ended)
        {
            _line++;
            throw Wrong("the end, # EOF, is missing: the exposition was cut off");
        }

        return new ExpositionPage(_samples, _types.ToImmutable(), _series, _newest);
    }

    /// <returns>True at the end of the exposition.</returns>
    private bool ReadLine()
    {
        SkipBlanks();
        if (_at == _text.Length)
        {
            return false;
        }

        if (_text[_at] == '#')
        {
            return ReadComment();
        }

        if (_text[_at] == '<')
        {
            throw Wrong("this is HTML, not metrics");
        }

        ReadSample();
        return false;
    }

    private bool ReadComment()
    {
        var words = _text[(_at + 1)..].Split(' ', 3, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (words is ["EOF"] && _format == ExpositionFormat.OpenMetrics)
        {
            return true;
        }

        if (words is ["TYPE", ..])
        {
            if (words.Length < 3 || !IsName(words[1]))
            {
                throw Wrong("a TYPE line reads # TYPE name type");
            }

            _types[words[1]] = words[2].ToLowerInvariant();
        }

        return false;
    }

    private void ReadSample()
    {
        var name = ReadName("a metric's name");
        _labels.Clear();
        if (_at < _text.Length && _text[_at] == '{')
        {
            ReadLabels();
        }

        var value = ReadNumber("a value");
        var at = ReadTime();
        if (_at < _text.Length && !(_format == ExpositionFormat.OpenMetrics && _text[_at] == '#'))
        {
            throw Wrong($"nothing is expected at column {_at + 1}");
        }

        Add(name, Labels.Of(_labels), new ExposedSample(value, at));
    }

    private void Add(string name, Labels labels, ExposedSample sample)
    {
        if (!_samples.TryGetValue(name, out var series))
        {
            _samples[name] = series = [];
        }

        if (series.TryGetValue(labels, out var earlier))
        {
            // OpenMetrics lets a series have several points, each with a later time.
            if (sample.At is not { } at || earlier.At is not { } before || at <= before)
            {
                throw Wrong($"the series {name}{labels} is there twice");
            }
        }
        else if (++_series > _most)
        {
            throw Wrong($"there are more than {_most} series");
        }

        series[labels] = sample;
        _newest = _newest is null || sample.At > _newest ? sample.At : _newest;
    }

    private void ReadLabels()
    {
        _at++;
        while (true)
        {
            SkipBlanks();
            if (_at < _text.Length && _text[_at] == '}')
            {
                _at++;
                return;
            }

            var name = ReadName("a label's name");
            SkipBlanks();
            Take('=');
            SkipBlanks();
            var value = ReadQuoted();
            if (_labels.Exists(label => label.Key == name))
            {
                throw Wrong($"the label {name} is there twice");
            }

            _labels.Add(KeyValuePair.Create(name, value));
            SkipBlanks();
            if (_at < _text.Length && _text[_at] == ',')
            {
                _at++;
            }
            else if (_at >= _text.Length || _text[_at] != '}')
            {
                throw Wrong($"',' or '}}' is expected at column {_at + 1}");
            }
        }
    }

    private string ReadQuoted()
    {
        Take('"');
        var value = new StringBuilder();
        while (_at < _text.Length && _text[_at] != '"')
        {
            var letter = _text[_at++];
            if (letter != '\\')
            {
                value.Append(letter);
                continue;
            }

            if (_at == _text.Length)
            {
                break;
            }

            var escaped = _text[_at++];
            // Prometheus leaves an escape that it does not know as it stands.
            _ = escaped switch
            {
                'n' => value.Append('\n'),
                '\\' or '"' => value.Append(escaped),
                _ => value.Append('\\').Append(escaped),
            };
        }

        Take('"');
        return value.ToString();
    }

    private double ReadNumber(string what)
    {
        SkipBlanks();
        var word = ReadWord();
        return ParseNumber(word) ?? throw Wrong(word.Length == 0 ? $"{what} is missing at column {_at + 1}" : $"'{Short(word)}' is not {what}");
    }

    private DateTimeOffset? ReadTime()
    {
        SkipBlanks();
        if (_at == _text.Length || _text[_at] == '#')
        {
            return null;
        }

        var word = ReadWord();
        double? milliseconds = _format == ExpositionFormat.OpenMetrics ? ParseNumber(word) * 1000
            : long.TryParse(word, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) ? whole : null;
        SkipBlanks();
        // The span of DateTimeOffset, in milliseconds from 1970.
        return milliseconds is >= -62_135_596_800_000 and <= 253_402_300_799_000
            ? DateTimeOffset.UnixEpoch.AddMilliseconds(milliseconds.Value)
            : throw Wrong($"'{Short(word)}' is not a time, in {(_format == ExpositionFormat.OpenMetrics ? "seconds" : "whole milliseconds")} since 1970");
    }

    /// <summary>As Go reads a number; null: it is none.</summary>
    internal static double? ParseNumber(string word) => word.ToUpperInvariant() switch
    {
        "NAN" => double.NaN,
        "INF" or "+INF" or "INFINITY" or "+INFINITY" => double.PositiveInfinity,
        "-INF" or "-INFINITY" => double.NegativeInfinity,
        _ when word.Length > 0 && (char.IsAsciiDigit(word[0]) || word[0] is '+' or '-' or '.')
            && double.TryParse(word, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out var number)
            && word[^1] is >= '0' and <= '9' or '.' => number,
        _ => null,
    };

    private string ReadWord()
    {
        var from = _at;
        while (_at < _text.Length && _text[_at] is not (' ' or '\t'))
        {
            _at++;
        }

        return _text[from.._at];
    }

    private string ReadName(string what)
    {
        var from = _at;
        while (_at < _text.Length && IsNameLetter(_text[_at], first: _at == from))
        {
            _at++;
        }

        return _at > from ? _text[from.._at] : throw Wrong($"{what} is expected at column {from + 1}");
    }

    private void Take(char letter)
    {
        if (_at >= _text.Length || _text[_at] != letter)
        {
            throw Wrong($"'{letter}' is expected at column {_at + 1}");
        }

        _at++;
    }

    private void SkipBlanks()
    {
        while (_at < _text.Length && _text[_at] is (' ' or '\t'))
        {
            _at++;
        }
    }

    private static bool IsName(string name) => name.Select((letter, index) => IsNameLetter(letter, index == 0)).All(fits => fits);

    private static bool IsNameLetter(char letter, bool first) => char.IsAsciiLetter(letter) || letter is '_' or ':' || (!first && char.IsAsciiDigit(letter));

    private static string Short(string word) => word.Length <= 40 ? word : word[..40] + "…";

    private ExpositionException Wrong(string reason) => new(_line, reason);
}

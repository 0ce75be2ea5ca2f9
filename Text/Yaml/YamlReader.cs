using System.Collections.Immutable;
using System.Globalization;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Orchestrator.Text.Yaml;

/// <summary>
/// Reads one YAML document into nodes with places. Anchors, aliases and tags are refused (an alias of an alias can grow
/// without bound, and our files are read by people line by line); depth and size are bounded.
/// </summary>
public sealed class YamlReader
{
    private readonly SourceText source;
    private readonly YamlRules rules;
    private readonly DiagnosticList diagnostics;
    private readonly Parser parser;
    private int nodes;

    private YamlReader(SourceText source, YamlRules rules, DiagnosticList diagnostics)
    {
        this.rules = rules;
        this.source = source;
        this.diagnostics = diagnostics;
        parser = new Parser(new Scanner(new StringReader(source.Text), skipComments: true));
    }

    /// <summary>The document's root, or null when it is empty or broken; then there is a diagnostic.</summary>
    public static YamlNode? Read(SourceText source, YamlRules rules, DiagnosticList diagnostics)
    {
        var reader = new YamlReader(source, rules, diagnostics);
        try
        {
            return reader.ReadDocument();
        }
        catch (YamlException exception)
        {
            reader.ReportSyntax(exception);
        }
        catch (Exception exception) when (exception is InvalidOperationException or ArgumentException or IndexOutOfRangeException)
        {
            // The library's scanner fails so on some broken texts (a lone ? or : within braces).
            var mark = reader.parser.Current?.End ?? Mark.Empty;
            reader.ReportSyntax(new SyntaxErrorException(mark, mark, "a value is broken off after this place"));
        }
        catch (TooMuchException exception)
        {
            diagnostics.Error(exception.Position, rules.CodeOf(YamlFault.TooMuch), exception.Message);
        }

        return null;
    }

    private YamlNode? ReadDocument()
    {
        parser.Consume<StreamStart>();
        if (parser.Accept<StreamEnd>(out _))
        {
            diagnostics.Error(new Position(1, 1), rules.CodeOf(YamlFault.Empty), $"the file holds nothing: {rules.What} {rules.Begins}");
            return null;
        }

        parser.Consume<DocumentStart>();
        var root = ReadNode(1);
        parser.Consume<DocumentEnd>();
        if (parser.TryConsume<DocumentStart>(out var second))
        {
            diagnostics.Error(PositionOf(second.Start), rules.CodeOf(YamlFault.ManyDocuments), "a second document begins here: keep one in a file");
        }

        if (root is YamlScalar { IsNull: true })
        {
            diagnostics.Error(new Position(1, 1), rules.CodeOf(YamlFault.Empty), $"the file holds nothing: {rules.What} {rules.Begins}");
            return null;
        }

        return root;
    }

    private YamlNode ReadNode(int depth)
    {
        var position = PositionOf(parser.Current!.Start);
        if (depth > rules.Deepest)
        {
            throw new TooMuchException(position, $"nested deeper than {rules.Deepest} levels");
        }

        if (++nodes > rules.MostNodes)
        {
            throw new TooMuchException(position, $"more than {rules.MostNodes} values in one file");
        }

        switch (parser.Current)
        {
            case AnchorAlias alias:
                parser.MoveNext();
                diagnostics.Error(position, rules.CodeOf(YamlFault.Alias), $"*{alias.Value} is an alias: {rules.What} has none, write the value out");
                return new YamlScalar("", ScalarStyle.Plain, position, position);
            case Scalar scalar:
                parser.MoveNext();
                Check(scalar, position);
                return new YamlScalar(scalar.Value, IsText(scalar) ? ScalarStyle.DoubleQuoted : scalar.Style, position, PositionOf(scalar.End));
            case SequenceStart sequence:
                parser.MoveNext();
                Check(sequence, position);
                return ReadSequence(position, depth);
            case MappingStart mapping:
                parser.MoveNext();
                Check(mapping, position);
                return ReadMapping(position, depth);
            default:
                throw new SemanticErrorException(parser.Current.Start, parser.Current.End, "a value is missing here");
        }
    }

    private YamlSequence ReadSequence(Position position, int depth)
    {
        var items = ImmutableArray.CreateBuilder<YamlNode>();
        while (!parser.TryConsume<SequenceEnd>(out _))
        {
            items.Add(ReadNode(depth + 1));
        }

        return new YamlSequence(items.ToImmutable(), position);
    }

    private YamlMapping ReadMapping(Position position, int depth)
    {
        var entries = ImmutableArray.CreateBuilder<YamlEntry>();
        var seen = new Dictionary<string, Position>(StringComparer.Ordinal);
        while (!parser.TryConsume<MappingEnd>(out _))
        {
            var key = ReadNode(depth + 1);
            var value = ReadNode(depth + 1);
            if (key is not YamlScalar name)
            {
                diagnostics.Error(key.Position, rules.CodeOf(YamlFault.KeyType), $"a key must be a text, not {key.Kind}");
            }
            else if (seen.TryGetValue(name.Text, out var first))
            {
                diagnostics.Error(name.Position, rules.CodeOf(YamlFault.DuplicateKey), $"{name.Text} stands here twice; the first is on line {first.Line}");
            }
            else
            {
                seen.Add(name.Text, name.Position);
                entries.Add(new YamlEntry(name, value));
            }
        }

        return new YamlMapping(entries.ToImmutable(), position);
    }

    private static bool IsText(Scalar scalar) => scalar.Style == ScalarStyle.Plain && scalar.Tag is { IsEmpty: false, Value: "tag:yaml.org,2002:str" };

    private void Check(NodeEvent node, Position position)
    {
        if (!node.Anchor.IsEmpty)
        {
            diagnostics.Error(position, rules.CodeOf(YamlFault.Alias), $"&{node.Anchor.Value} is an anchor: {rules.What} has none, write the value out where it is used");
        }

        if (node.Tag is { IsEmpty: false, IsNonSpecific: false } tag && tag.Value is not ("tag:yaml.org,2002:str" or "tag:yaml.org,2002:seq" or "tag:yaml.org,2002:map"))
        {
            diagnostics.Error(position, rules.CodeOf(YamlFault.Tag), $"{tag.Value} is a tag: {rules.What} has none, leave it out");
        }
    }

    private void ReportSyntax(YamlException exception)
    {
        var tabs = 0;
        for (var line = 1; line <= source.LineCount; line++)
        {
            var text = source.Line(line);
            var indentation = text[..(text.Length - text.TrimStart().Length)];
            if (indentation.IndexOf('\t') is >= 0 and var tab && indentation.Length < text.Length && ++tabs <= 20)
            {
                diagnostics.Error(new Position(line, tab + 1), rules.CodeOf(YamlFault.Tab), "a tab in the indentation: YAML is indented with spaces, replace the tab by two");
            }
        }

        if (tabs == 0)
        {
            var message = exception.InnerException is null ? exception.Message : $"{exception.Message} {exception.InnerException.Message}";
            diagnostics.Error(PositionOf(exception.Start), rules.CodeOf(YamlFault.Syntax), string.Create(CultureInfo.InvariantCulture, $"this is not YAML: {Plain(message)}"));
        }
    }

    /// <summary>The library's message without its own place, which the diagnostic has.</summary>
    private static string Plain(string message)
    {
        var text = message.StartsWith('(') && message.IndexOf("): ", StringComparison.Ordinal) is > 0 and var end ? message[(end + 3)..] : message;
        text = text.ReplaceLineEndings(" ").Trim().TrimEnd('.');
        if (text.EndsWith("plain scalar value, found invalid mapping", StringComparison.Ordinal)) return "a value with ': ' in it must stand in quotes, as in key: 'a: b'";
        return text.Length > 0 ? char.ToLowerInvariant(text[0]) + text[1..] : "unreadable";
    }

    private static Position PositionOf(Mark mark) => new((int)Math.Max(1, mark.Line), (int)Math.Max(1, mark.Column));

    private sealed class TooMuchException(Position position, string message) : Exception(message)
    {
        public Position Position { get; } = position;
    }
}

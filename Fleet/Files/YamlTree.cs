using System.Collections.Immutable;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Orchestrator.Fleet.Files;

/// <summary>Parses one YAML document into nodes that know their place. Aliases, tags and further documents are refused: our files need none.</summary>
internal sealed class YamlTree(string file, List<FileProblem> problems)
{
    private const int DeepestNesting = 32;

    private Mark _reached = new(0, 1, 1);

    /// <summary>The document's root, or null after adding a problem.</summary>
    public static YamlNode? Parse(string file, string text, List<FileProblem> problems)
    {
        if (FindTab(text) is var (line, column))
        {
            problems.Add(new(file, line, column, "FL005", "a tab indents this line; YAML allows only spaces there"));
            return null;
        }

        var tree = new YamlTree(file, problems);
        try
        {
            return tree.ReadDocument(new Parser(new StringReader(text)));
        }
        catch (YamlException e)
        {
            problems.Add(new(file, (int)e.Start.Line, (int)e.Start.Column, "FL004", $"not valid YAML: {Reason(e)}"));
            return null;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // YamlDotNet's scanner breaks on some broken input (a flow list that is never closed) with exceptions of its own inside.
            problems.Add(new(file, (int)tree._reached.Line, (int)tree._reached.Column, "FL004",
                "not valid YAML after this place; look for a bracket or quote that is never closed"));
            return null;
        }
    }

    private YamlNode? ReadDocument(Parser parser)
    {
        parser.Consume<StreamStart>();
        if (parser.Accept<StreamEnd>(out _))
        {
            problems.Add(new(file, 1, 1, "FL002", "the file holds only comments"));
            return null;
        }

        parser.Consume<DocumentStart>();
        var root = ReadNode(parser, 0);
        parser.Consume<DocumentEnd>();
        if (parser.Current is DocumentStart next || parser.TryConsume(out next!))
        {
            problems.Add(Problem(next, "FL004", "a second document begins here; keep one document a file"));
            return null;
        }

        return root;
    }

    private YamlNode ReadNode(Parser parser, int depth)
    {
        if (depth > DeepestNesting)
        {
            throw new YamlException(parser.Current!.Start, parser.Current.End, $"nested deeper than {DeepestNesting} levels");
        }

        if (parser.TryConsume<Scalar>(out var scalar))
        {
            return ToScalar(scalar);
        }

        if (parser.TryConsume<SequenceStart>(out var sequence))
        {
            var items = ImmutableArray.CreateBuilder<YamlNode>();
            while (!parser.TryConsume<SequenceEnd>(out _))
            {
                items.Add(ReadNode(parser, depth + 1));
            }

            return new YamlList(items.ToImmutable(), (int)sequence.Start.Line, (int)sequence.Start.Column);
        }

        if (parser.TryConsume<MappingStart>(out var mapping))
        {
            return ReadMap(parser, mapping, depth);
        }

        var other = parser.Current!;
        throw new YamlException(other.Start, other.End, "aliases are not supported here; write the value out");
    }

    private YamlMap ReadMap(Parser parser, MappingStart mapping, int depth)
    {
        var entries = ImmutableArray.CreateBuilder<(YamlScalar, YamlNode)>();
        var seen = new Dictionary<string, YamlScalar>(StringComparer.Ordinal);
        while (!parser.TryConsume<MappingEnd>(out _))
        {
            if (!parser.TryConsume<Scalar>(out var scalar))
            {
                throw new YamlException(parser.Current!.Start, parser.Current.End, "a key must be plain text");
            }

            var key = ToScalar(scalar);
            var value = ReadNode(parser, depth + 1);
            if (seen.TryAdd(key.Text, key))
            {
                entries.Add((key, value));
            }
            else
            {
                problems.Add(Problem(scalar, "FL014", $"the key '{key.Text}' stands already on line {seen[key.Text].Line}; remove one of them"));
            }
        }

        return new YamlMap(entries.ToImmutable(), (int)mapping.Start.Line, (int)mapping.Start.Column);
    }

    private FileProblem Problem(ParsingEvent at, string code, string message) =>
        new(file, (int)at.Start.Line, (int)at.Start.Column, code, message);

    private YamlScalar ToScalar(Scalar scalar)
    {
        _reached = scalar.Start;
        return new(scalar.Value, scalar.Style == ScalarStyle.Plain, (int)scalar.Start.Line, (int)scalar.Start.Column);
    }

    private static string Reason(YamlException e)
    {
        var reason = (e.InnerException ?? e).Message;
        return reason.Length == 0 ? "the parser gives no reason" : char.ToLowerInvariant(reason[0]) + reason[1..].TrimEnd('.');
    }

    private static (int Line, int Column)? FindTab(string text)
    {
        var line = 1;
        foreach (var content in text.AsSpan().EnumerateLines())
        {
            var indent = content.IndexOfAnyExcept(' ', '\t');
            if ((indent < 0 ? content : content[..indent]).IndexOf('\t') is >= 0 and var tab && indent >= 0 && content[indent] != '#')
            {
                return (line, tab + 1);
            }

            line++;
        }

        return null;
    }
}

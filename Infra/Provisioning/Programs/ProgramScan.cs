using Orchestrator.Text;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Orchestrator.Infra.Provisioning.Programs;

/// <summary>
/// Reads a program's YAML event by event, before it becomes a tree: finds what Pulumi YAML does not have (aliases, which a tree no longer shows
/// and which could lead in a circle; tags; a second document) and nesting that no program needs.
/// </summary>
internal static class ProgramScan
{
    /// <summary>Lists and maps within each other.</summary>
    private const int Deepest = 60;

    /// <returns>False: a tree must not be made of it.</returns>
    /// <exception cref="YamlException">It is no YAML.</exception>
    public static bool Check(TextReader text, Func<Position, string, string, string?> report)
    {
        var parser = new Parser(text);
        var (depth, documents, sound) = (0, 0, true);
        while (parser.MoveNext())
        {
            var happened = parser.Current!;
            var position = new Position((int)happened.Start.Line, (int)happened.Start.Column);
            switch (happened)
            {
                case AnchorAlias alias:
                    report(position, "yaml-alias", $"'*{alias.Value}': Pulumi YAML has no aliases; write the value out, or make it a variable and refer to it as in ${{name}}");
                    sound = false;
                    break;
                case DocumentStart when ++documents > 1:
                    report(position, "yaml", "a program is one YAML document; remove the '---' and what follows, or put it into a program of its own");
                    return false;
                case NodeEvent node when !IsPlain(node.Tag):
                    report(position, "yaml-tag", $"the tag '{node.Tag}' means nothing in a program; leave it out, and quote what is to be a text");
                    break;
            }

            depth += happened.NestingIncrease;
            // The stream and the document count as one each.
            if (depth > Deepest + 2)
            {
                report(position, "too-deep", $"more than {Deepest} lists and maps within each other");
                return false;
            }
        }

        return sound;
    }

    private static bool IsPlain(TagName tag) =>
        tag.IsEmpty || tag.IsNonSpecific || tag.Value is "tag:yaml.org,2002:str" or "tag:yaml.org,2002:map" or "tag:yaml.org,2002:seq";
}

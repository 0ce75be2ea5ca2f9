using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.RepresentationModel;

namespace Orchestrator.Server.Tests.Deploy;

/// <summary>The files that ship under <c>deploy/</c>.</summary>
internal static class DeployFiles
{
    public static string Root { get; } = Path.Combine(Binary.Repository, "deploy");

    public static IEnumerable<string> All => Directory.EnumerateFiles(Root, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal);

    public static IEnumerable<string> Kustomizations => All.Where(file => Path.GetFileName(file) == "kustomization.yaml");

    /// <summary>The manifests that a kustomization lists.</summary>
    public static IEnumerable<string> Resources(string kustomization) =>
        Documents(kustomization).Single()["resources"].AsSequence().Select(name => Path.Combine(Path.GetDirectoryName(kustomization)!, name.AsText()));

    public static IEnumerable<YamlNode> Documents(string file)
    {
        using var reader = new StringReader(File.ReadAllText(file));
        var stream = new YamlStream();
        stream.Load(reader);
        return [.. stream.Documents.Select(document => document.RootNode)];
    }

    /// <summary>The arguments of every container, as in <c>args: [ serve, … ]</c>.</summary>
    public static IEnumerable<(string File, string[] Arguments)> CommandLines()
    {
        foreach (var file in All.Where(file => Path.GetExtension(file) == ".yaml"))
        {
            using var reader = new StringReader(File.ReadAllText(file));
            var parser = new Parser(reader);
            while (parser.MoveNext())
            {
                if (parser.Current is Scalar { Value: "args" or "command", IsKey: true } && parser.MoveNext() && parser.Current is SequenceStart)
                {
                    var words = new List<string>();
                    while (parser.MoveNext() && parser.Current is Scalar word)
                    {
                        words.Add(word.Value);
                    }

                    if (words.FirstOrDefault() is "serve" or "cloud")
                    {
                        yield return (file, [.. words]);
                    }
                }
            }
        }
    }

    public static string AsText(this YamlNode node) => ((YamlScalarNode)node).Value!;

    public static IEnumerable<YamlNode> AsSequence(this YamlNode node) => ((YamlSequenceNode)node).Children;

    public static IEnumerable<string> Keys(this YamlNode node) => ((YamlMappingNode)node).Children.Keys.Select(AsText);

    public static YamlNode? Find(this YamlNode node, string key) => ((YamlMappingNode)node).Children.TryGetValue(key, out var found) ? found : null;
}

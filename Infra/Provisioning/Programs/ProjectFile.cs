using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Orchestrator.Infra.Provisioning.Stacks;
using Orchestrator.Text;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Orchestrator.Infra.Provisioning.Programs;

/// <summary>
/// What must be known of a program to hand it to the <c>pulumi</c> executable: its name, its runtime, its configuration. Whatever else it says is the
/// executable's to judge.
/// </summary>
internal sealed record ProjectFile(string Directory, string File, string Name, ImmutableArray<ConfigDeclaration> Config)
{
    /// <exception cref="StackProgramException">There is none, or it is no YAML program.</exception>
    public static ProjectFile Read(string directory)
    {
        var file = Path.Combine(directory, "Pulumi.yaml");
        if (!System.IO.File.Exists(file))
        {
            throw Wrong(new Position(1, 1), "missing-program", "there is no such program");
        }

        YamlMappingNode root;
        try
        {
            var stream = new YamlStream();
            stream.Load(new StringReader(System.IO.File.ReadAllText(file)));
            root = stream.Documents is [{ RootNode: YamlMappingNode map }] ? map : throw Wrong(new Position(1, 1), "yaml", "expected one YAML mapping");
        }
        catch (YamlException e)
        {
            throw Wrong(new Position((int)e.Start.Line, (int)e.Start.Column), "yaml", e.InnerException?.Message ?? e.Message);
        }

        if (Child(root, "name") is not YamlScalarNode { Value: { Length: > 0 } name })
        {
            throw Wrong(new Position(1, 1), "missing-name", "a program needs a 'name'");
        }

        var runtime = Child(root, "runtime") switch
        {
            YamlScalarNode scalar => scalar.Value,
            YamlMappingNode map => (Child(map, "name") as YamlScalarNode)?.Value,
            _ => null,
        };
        if (runtime != "yaml")
        {
            throw Wrong((Child(root, "runtime") ?? root).PositionOf(), "runtime", $"the runtime is {runtime ?? "not said"}; only programs with 'runtime: yaml' are run here");
        }

        return new ProjectFile(directory, file, name, [.. (Child(root, "config") as YamlMappingNode)?.Children.Select(pair => Declaration(name, pair.Key, pair.Value)) ?? []]);

        StackProgramException Wrong(Position position, string code, string message) => new([new Diagnostic(file, position, Severity.Error, code, message)]);
    }

    private static ConfigDeclaration Declaration(string project, YamlNode key, YamlNode value)
    {
        var name = (key as YamlScalarNode)?.Value ?? "";
        name = name.StartsWith(project + ":", StringComparison.Ordinal) ? name[(project.Length + 1)..] : name;
        // The short form: the value itself.
        return value is YamlMappingNode map
            ? new ConfigDeclaration(
                key.PositionOf(),
                name,
                ((Child(map, "type") as YamlScalarNode)?.Value ?? "string").ToLowerInvariant(),
                Child(map, "default") is not null || Child(map, "value") is not null,
                null,
                (Child(map, "secret") as YamlScalarNode)?.ValueOf() is JsonValue flag && flag.TryGetValue<bool>(out var secret) && secret)
            : new ConfigDeclaration(key.PositionOf(), name, "string", true, null, false);
    }

    private static YamlNode? Child(YamlMappingNode map, string key) => map.Children.FirstOrDefault(pair => pair.Key is YamlScalarNode scalar && scalar.Value == key).Value;
}

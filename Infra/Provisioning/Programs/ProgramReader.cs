using System.Collections.Immutable;
using System.Text.Json.Nodes;
using System.Xml;
using Orchestrator.Infra.Provisioning.Stacks;
using Orchestrator.Text;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Orchestrator.Infra.Provisioning.Programs;

/// <summary>Reads a <c>Pulumi.yaml</c>, collecting every problem with its place.</summary>
internal sealed partial class ProgramReader
{
    private const long LargestFile = 4 * 1024 * 1024;

    /// <summary>Config values, variables and resources of one program.</summary>
    private const int MostNames = 2_000;

    /// <summary>Top-level keys that mean something to Pulumi and nothing to a run of the program.</summary>
    private static readonly string[] Ignored = ["description", "author", "website", "license", "template", "plugins", "packages", "options", "tags", "backend", "stackConfigDir", "refresh"];

    private static readonly string[] ProgramKeys = ["name", "runtime", "config", "variables", "resources", "outputs"];
    private static readonly string[] ResourceKeys = ["type", "name", "properties", "options", "defaultProvider"];
    private static readonly string[] OptionKeys =
        ["dependsOn", "provider", "protect", "ignoreChanges", "replaceOnChanges", "deleteBeforeReplace", "retainOnDelete", "version", "customTimeouts"];

    /// <summary>Options that Pulumi YAML has and the embedded engine has not.</summary>
    private static readonly string[] OtherOptions =
        ["additionalSecretOutputs", "aliases", "import", "parent", "providers", "deletedWith", "replaceWith", "replacementTrigger", "hideDiffs", "pluginDownloadURL", "envVarMappings"];

    private readonly string _file;
    private readonly List<Diagnostic> _diagnostics = [];

    private ProgramReader(string file) => _file = file;

    /// <summary>The program in <paramref name="directory"/>.</summary>
    /// <exception cref="StackProgramException">It is not there or wrong.</exception>
    public static StackProgram Read(string directory)
    {
        var file = Path.Combine(directory, "Pulumi.yaml");
        var reader = new ProgramReader(file);
        var program = reader.Load(directory);
        return program is not null && reader._diagnostics.Count == 0
            ? program
            : throw new StackProgramException([.. reader._diagnostics.OrderBy(diagnostic => diagnostic.Position.Line).ThenBy(diagnostic => diagnostic.Position.Column)]);
    }

    private StackProgram? Load(string directory)
    {
        if (!File.Exists(_file))
        {
            Report(new Position(1, 1), "missing-program", "there is no such program");
            return null;
        }

        if (new FileInfo(_file).Length > LargestFile)
        {
            Report(new Position(1, 1), "too-large", $"larger than {LargestFile / 1024 / 1024} MiB");
            return null;
        }

        var stream = new YamlStream();
        try
        {
            var written = File.ReadAllText(_file);
            if (!ProgramScan.Check(new StringReader(written), Report))
            {
                return null;
            }

            stream.Load(new StringReader(written));
        }
        catch (YamlException e)
        {
            Report(new Position((int)e.Start.Line, (int)e.Start.Column), "yaml", e.InnerException?.Message ?? e.Message);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Report(new Position(1, 1), "unreadable", $"the program cannot be read: {e.Message}");
            return null;
        }

        if (stream.Documents is not [{ RootNode: YamlMappingNode root }])
        {
            Report(new Position(1, 1), "yaml", "expected one YAML mapping");
            return null;
        }

        return ReadRoot(directory, root);
    }

    private StackProgram? ReadRoot(string directory, YamlMappingNode root)
    {
        string? name = null;
        YamlNode? runtime = null;
        ImmutableArray<ConfigDeclaration> config = [];
        ImmutableArray<KeyValuePair<string, Expression>> variables = [];
        ImmutableArray<KeyValuePair<string, Expression>> outputs = [];
        ImmutableArray<ResourceDeclaration> resources = [];
        foreach (var (key, position, value) in Fields(root, "the program"))
        {
            switch (key)
            {
                case "name": name = Text(value, "name"); break;
                case "runtime": runtime = value; break;
                case "config" or "configuration": config = ReadConfig(value); break;
                case "variables": variables = ReadExpressions(value, "variables"); break;
                case "resources": resources = ReadResources(value); break;
                case "outputs": outputs = ReadExpressions(value, "outputs"); break;
                case var other when Ignored.Contains(other): break;
                case "main" when Text(value, "main") is "." or "./" or "" or null: break;
                case "main": Report(position, "not-supported", "'main' says that the program lies elsewhere; name that folder, or put the Pulumi.yaml beside the program"); break;
                case "components": Report(position, "not-supported", "components are part of Pulumi YAML, and the embedded engine has none; write the resources out"); break;
                default: Report(position, "unknown-key", $"'{key}' is not a key of a program: expected name, runtime, config, variables, resources or outputs{Suggest.Hint(key, ProgramKeys)}"); break;
            }
        }

        if (runtime is null || RuntimeName(runtime) != "yaml")
        {
            Report(runtime?.PositionOf() ?? new Position(1, 1), "runtime", "the embedded engine runs programs with 'runtime: yaml' only");
        }

        if (runtime is YamlMappingNode && RuntimeOptions(runtime) is { } compiler)
        {
            Report(compiler.PositionOf(), "not-supported", "the program is the output of a compiler, which the embedded engine does not run; write the YAML program out, or use the pulumi executable");
        }

        if (string.IsNullOrEmpty(name))
        {
            Report(new Position(1, 1), "missing-key", "the program has no 'name'");
            return null;
        }

        if (config.Length + variables.Length + resources.Length > MostNames)
        {
            Report(new Position(1, 1), "too-large", $"more than {MostNames} config values, variables and resources; divide it into several programs");
            return null;
        }

        var order = new ProgramOrder(Report).Sort(config, variables, resources, outputs);
        var types = new ProgramTypes(Report, config, order.Variables, order.Resources);
        return new StackProgram(directory, _file, name, config, order.Variables, types.Check(outputs), outputs);
    }

    private static string? RuntimeName(YamlNode runtime) => runtime switch
    {
        YamlScalarNode scalar => scalar.Value,
        YamlMappingNode mapping when mapping.Children.TryGetValue(new YamlScalarNode("name"), out var name) => (name as YamlScalarNode)?.Value,
        _ => null,
    };

    /// <summary>Where <c>runtime.options.compiler</c> stands; null: it does not.</summary>
    private static YamlNode? RuntimeOptions(YamlNode runtime) =>
        runtime is YamlMappingNode mapping && mapping.Children.TryGetValue(new YamlScalarNode("options"), out var options) && options is YamlMappingNode map
        && map.Children.TryGetValue(new YamlScalarNode("compiler"), out var compiler) ? compiler : null;

    private ImmutableArray<ConfigDeclaration> ReadConfig(YamlNode node)
    {
        var declarations = ImmutableArray.CreateBuilder<ConfigDeclaration>();
        foreach (var (name, position, value) in Fields(node, "config"))
        {
            var type = "string";
            var secret = false;
            var hasDefault = false;
            JsonNode? given = null;
            foreach (var (key, keyPosition, field) in Fields(value, $"config '{name}'"))
            {
                switch (key)
                {
                    case "type": type = (Text(field, "type") ?? "").ToUpperInvariant() switch
                    {
                        "STRING" => "string",
                        "INTEGER" or "INT" => "integer",
                        "NUMBER" => "number",
                        "BOOLEAN" => "boolean",
                        "OBJECT" => "object",
                        var array when array.StartsWith("ARRAY", StringComparison.Ordinal) || array.StartsWith("LIST<", StringComparison.Ordinal) => "array",
                        _ => Report(field.PositionOf(), "config-type", "expected string, integer, number, boolean, array or object") ?? "string",
                    };
                        break;
                    case "secret": secret = Flag(field, "secret"); break;
                    case "default" or "value": hasDefault = true; given = Plain(field); break;
                    case "description" or "items" or "properties": break;
                    default: Report(keyPosition, "unknown-key", $"'{key}' is not a key of a configuration value: expected type, default, secret or description"); break;
                }
            }

            if (hasDefault && !ConfigValues.Fits(type, given))
            {
                Report(value.PositionOf(), "config-type", $"the default of '{name}' is no {type}{(type == "string" && given is JsonValue ? "; put it in quotes" : "")}");
            }

            if (Secrets.IsReserved(given))
            {
                Report(value.PositionOf(), "reserved", $"the default of '{name}' holds a text or a key by which Pulumi knows secrets and unknown values");
            }

            declarations.Add(new ConfigDeclaration(position, name, type, hasDefault, given, secret));
        }

        return declarations.ToImmutable();
    }

    /// <summary>A mapping whose keys are names: a function among them means nothing.</summary>
    private ImmutableArray<KeyValuePair<string, Expression>> ReadExpressions(YamlNode node, string what)
    {
        var read = ImmutableArray.CreateBuilder<KeyValuePair<string, Expression>>();
        foreach (var (key, position, value) in Fields(node, what))
        {
            if (IsFunctionLike(key))
            {
                Report(position, "function-place", $"'{key}' looks like a function, and a function cannot stand for {what}: it stands for one value");
            }

            read.Add(KeyValuePair.Create(key, ReadExpression(value)));
        }

        return read.ToImmutable();
    }

    private ImmutableArray<ResourceDeclaration> ReadResources(YamlNode node)
    {
        var resources = ImmutableArray.CreateBuilder<ResourceDeclaration>();
        foreach (var (logical, position, value) in Fields(node, "resources"))
        {
            string? type = null;
            string? name = null;
            ImmutableArray<KeyValuePair<string, Expression>> properties = [];
            var options = new ResourceOptions();
            IReadOnlyList<(string Key, Position Position)> written = [];
            foreach (var (key, keyPosition, field) in Fields(value, $"resource '{logical}'"))
            {
                switch (key)
                {
                    case "type": type = Text(field, "type"); break;
                    case "name": name = Text(field, "name"); break;
                    case "properties":
                        properties = ReadExpressions(field, "properties");
                        written = field is YamlMappingNode mapping ? [.. mapping.Children.Keys.OfType<YamlScalarNode>().Select(known => (known.Value ?? "", known.PositionOf()))] : [];
                        break;
                    case "options": options = ReadOptions(field); break;
                    case "defaultProvider": Flag(field, key); break;
                    case "get": Report(keyPosition, "not-supported", "'get' of an existing resource is part of Pulumi YAML, and the embedded engine has none; make the resource part of the program, or its id a config value"); break;
                    default: Report(keyPosition, "unknown-key", $"'{key}' is not a key of a resource here: expected type, name, properties or options{Suggest.Hint(key, ResourceKeys)}"); break;
                }
            }

            if (type is null)
            {
                Report(position, "missing-key", $"resource '{logical}' has no 'type'");
                continue;
            }

            var token = ResourceTypes.Canonical(type);
            if (token is null)
            {
                Report(position, "unknown-type", $"'{type}' is not a type the embedded engine knows{ResourceTypes.Suggest(type)}");
                continue;
            }

            var inputs = ResourceSchema.Inputs(token);
            foreach (var (key, keyPosition) in written.Where(property => !inputs.ContainsKey(property.Key) && !IsFunctionLike(property.Key) && property.Key != "<<"))
            {
                Report(keyPosition, "unknown-property", $"{token} has no property '{key}'{Suggest.Hint(key, inputs.Keys)}");
            }

            foreach (var (path, what) in options.IgnoreChanges.Select(path => (path, "ignoreChanges")).Concat(options.ReplaceOnChanges.Select(path => (path, "replaceOnChanges"))))
            {
                if (path.Split('.', '[')[0] is var root && root != "*" && !inputs.ContainsKey(root))
                {
                    Report(position, "unknown-property", $"resource '{logical}': {what} names '{path}', and {token} has no property '{root}'{Suggest.Hint(root, inputs.Keys)}");
                }
            }

            foreach (var required in ResourceTypes.Required(token).Where(required => !properties.Any(property => property.Key == required)))
            {
                Report(position, "missing-property", $"resource '{logical}' ({token}) needs property '{required}'");
            }

            resources.Add(new ResourceDeclaration(position, logical, name ?? logical, token, properties, options));
        }

        return resources.ToImmutable();
    }

    private ResourceOptions ReadOptions(YamlNode node)
    {
        var options = new ResourceOptions();
        foreach (var (key, position, value) in Fields(node, "options"))
        {
            options = key switch
            {
                "dependsOn" => options with { DependsOn = [.. Items(value).Select(item => ReadReference(item, "dependsOn")).OfType<Reference>()] },
                "provider" => options with { Provider = ReadReference(value, "provider") },
                "protect" => options with { Protect = Flag(value, key) },
                "retainOnDelete" => options with { RetainOnDelete = Flag(value, key) },
                "deleteBeforeReplace" => options with { DeleteBeforeReplace = Flag(value, key) },
                "ignoreChanges" => options with { IgnoreChanges = Paths(value) },
                "replaceOnChanges" => options with { ReplaceOnChanges = Paths(value) },
                "version" => options with { Version = Text(value, key) },
                "customTimeouts" => ReadTimeouts(options, value),
                _ => Unknown(options, position, key),
            };
        }

        return options;

        ResourceOptions Unknown(ResourceOptions same, Position position, string key)
        {
            Report(position, "unknown-option", OtherOptions.Contains(key)
                ? $"'{key}' is an option of Pulumi YAML that the embedded engine does not have: expected {string.Join(", ", OptionKeys)}"
                : $"there is no option '{key}': expected {string.Join(", ", OptionKeys)}{Suggest.Hint(key, OptionKeys)}");
            return same;
        }
    }

    private ResourceOptions ReadTimeouts(ResourceOptions options, YamlNode node)
    {
        foreach (var (key, position, value) in Fields(node, "customTimeouts"))
        {
            var timeout = Duration(value);
            switch (key)
            {
                case "create": options = options with { CreateTimeout = timeout }; break;
                case "update": options = options with { UpdateTimeout = timeout }; break;
                case "delete": options = options with { DeleteTimeout = timeout }; break;
                default: Report(position, "unknown-key", $"'{key}' is not a timeout: expected create, update or delete"); break;
            }
        }

        return options;
    }

    /// <summary>A Go duration (<c>1h30m</c>, <c>90s</c>).</summary>
    private TimeSpan Duration(YamlNode node)
    {
        var text = Text(node, "timeout") ?? "";
        try
        {
            var duration = XmlConvert.ToTimeSpan("PT" + text.ToUpperInvariant());
            if (duration > TimeSpan.Zero)
            {
                return duration;
            }
        }
        catch (Exception e) when (e is FormatException or OverflowException)
        {
        }

        Report(node.PositionOf(), "duration", $"'{text}' is no duration: expected one as in 90s, 10m or 1h30m");
        return TimeSpan.FromMinutes(30);
    }

    private string? Report(Position position, string code, string message)
    {
        _diagnostics.Add(new Diagnostic(_file, position, Severity.Error, code, message));
        return null;
    }
}

using System.Collections.Immutable;
using System.Text.Json;
using System.Text.RegularExpressions;
using Orchestrator.Text;
using Orchestrator.Text.Yaml;
using Orchestrator.Workflows.Language.Inputs;
using Orchestrator.Workflows.Language.Diagnostics;
using Orchestrator.Workflows.Model.Runbooks;

namespace Orchestrator.Workflows.Language.Reading;

/// <summary>Reads the top of a runbook: its name, inputs, triggers and policies.</summary>
internal sealed partial class RunbookParser(ReadingContext context)
{
    private static readonly Dictionary<string, InputType> InputTypes = new()
    {
        ["string"] = InputType.String, ["integer"] = InputType.Integer, ["number"] = InputType.Number, ["boolean"] = InputType.Boolean,
        ["array"] = InputType.Array, ["object"] = InputType.Object, ["duration"] = InputType.Duration, ["time"] = InputType.Time,
    };

    private const int LongestUnit = 24;

    private static readonly Dictionary<string, MisfirePolicy> Misfires = new() { ["fire-once"] = MisfirePolicy.FireOnce, ["skip"] = MisfirePolicy.Skip };

    private static readonly Dictionary<string, Lane> Lanes = new() { ["normal"] = Lane.Normal, ["emergency"] = Lane.Emergency };

    /// <summary>The runbook as far as it can be read; only good for use when there are no errors.</summary>
    public Runbook? Read(YamlNode root, string digest, string source)
    {
        if (root is not YamlMapping mapping)
        {
            context.Error(root.Position, DiagnosticCodes.WrongType, $"a runbook is a mapping that begins with `runbook: name`, not {root.Kind}");
            return null;
        }

        var keys = new Keys(context, mapping, "a runbook");
        var name = ReadName(keys);
        var runbook = new Runbook
        {
            Name = name,
            Digest = digest,
            Source = source,
            Description = keys.Text("description"),
            Inputs = ReadInputs(keys),
            Triggers = ReadTriggers(keys),
            Locks = TemplateReader.ReadLocks(keys),
            OnFailure = keys.Word("onFailure", StepParser.FailurePolicies) ?? FailurePolicy.Pause,
            Lane = keys.Word("lane", Lanes) ?? Lane.Normal,
            Preauthorised = ReadPreauthorised(keys),
            Steps = new StepParser(context).Block(keys, "steps"),
        };
        keys.Finish();
        return runbook;
    }

    private string ReadName(Keys keys)
    {
        if (keys.Require("runbook", "its name, as in runbook: double-11") is not { } node || keys.TextOf("runbook", node) is not { } name)
        {
            return "";
        }

        if (!RunbookName().IsMatch(name))
        {
            context.Error(node.Position, DiagnosticCodes.BadName, $"{Keys.Cut(name)} is no runbook name: lower-case letters, digits and hyphens, at most 64, as in double-11");
        }

        return name;
    }

    private string? ReadPreauthorised(Keys keys)
    {
        var node = keys.Take("preauthorised");
        if (node is YamlScalar { IsPlain: true, Text: "true" or "false" } or YamlScalar { Text: "" })
        {
            context.Error(node.Position, DiagnosticCodes.BadValue, "preauthorised says why no approval is needed, as in preauthorised: emergency plan EP-7, approved on 2026-10-20");
            return null;
        }

        return keys.TextOf("preauthorised", node);
    }

    private ImmutableArray<InputDeclaration> ReadInputs(Keys outer)
    {
        var node = outer.Take("inputs");
        if (node is not YamlMapping mapping)
        {
            if (node is not null)
            {
                context.Error(node.Position, DiagnosticCodes.WrongType, $"inputs must be a mapping from names to declarations, not {node.Kind}");
            }

            return [];
        }

        return [.. mapping.Entries.Select(ReadInput).OfType<InputDeclaration>()];
    }

    private InputDeclaration? ReadInput(YamlEntry entry)
    {
        var name = entry.Key.Text;
        if (!InputName().IsMatch(name))
        {
            context.Error(entry.Key.Position, DiagnosticCodes.BadName, $"input {Keys.Cut(name)}: a name is letters, digits and _, and begins with a letter, so that expressions can say inputs.name");
        }

        if (entry.Value is not YamlMapping mapping)
        {
            context.Error(entry.Value.Position, DiagnosticCodes.WrongType, $"input {Keys.Cut(name)} must be a mapping, as in {{ type: integer, default: 2 }}, not {Keys.Shown(entry.Value)}");
            return null;
        }

        var keys = new Keys(context, mapping, $"input {Keys.Cut(name)}");
        keys.Require("type", string.Join(", ", InputTypes.Keys));
        var type = keys.Word("type", InputTypes);
        var declaration = new InputDeclaration(name, type ?? InputType.String, null, entry.Key.Position)
        {
            Description = keys.Text("description"),
            Minimum = keys.Number("minimum", double.MinValue, double.MaxValue),
            Maximum = keys.Number("maximum", double.MinValue, double.MaxValue),
            Unit = keys.Text("unit"),
            Enum = [.. keys.List("enum").Select(Constant)],
            Items = keys.Word("items", InputTypes),
        };
        var given = keys.Take("default");
        keys.Finish();
        if (type is null)
        {
            return declaration;
        }

        CheckDeclaration(keys, declaration);
        if (given is null)
        {
            return declaration;
        }

        var value = Constant(given);
        if (InputCheck.Check(declaration, value) is { } wrong)
        {
            context.Error(given.Position, DiagnosticCodes.BadDefault, $"the default of {name} {wrong.Message}");
        }

        return declaration with { Default = InputCheck.Normalise(declaration, value) };
    }

    private void CheckDeclaration(Keys keys, InputDeclaration input)
    {
        if ((input.Minimum ?? input.Maximum) is not null && input.Type is not (InputType.Integer or InputType.Number))
        {
            context.Error((keys.KeyOf("minimum") ?? keys.KeyOf("maximum"))!.Position, DiagnosticCodes.BadValue, "minimum and maximum go with numbers only");
        }
        else if (input.Minimum > input.Maximum)
        {
            context.Error(keys.KeyOf("minimum")!.Position, DiagnosticCodes.OutOfRange, "minimum is above maximum: no value would do");
        }

        if (input.Unit is not null && (input.Items ?? input.Type) is not (InputType.Integer or InputType.Number))
        {
            context.Error(keys.KeyOf("unit")!.Position, DiagnosticCodes.BadValue, "unit goes with numbers and lists of numbers only");
        }
        else if (input.Unit is { Length: 0 or > LongestUnit } || input.Unit?.Any(char.IsControl) == true)
        {
            context.Error(keys.KeyOf("unit")!.Position, DiagnosticCodes.BadValue, $"unit is a short word of at most {LongestUnit} characters, as in unit: hosts");
        }

        if (input.Items is not null && input.Type != InputType.Array)
        {
            context.Error(keys.KeyOf("items")!.Position, DiagnosticCodes.BadValue, "items goes with type array only");
        }
    }

    private JsonElement Constant(YamlNode node)
    {
        if (TemplateConstant.Of(TemplateReader.Read(context, node)) is { } value)
        {
            return value;
        }

        context.Error(node.Position, DiagnosticCodes.BadValue, "expressions have no place in the declaration of an input: nothing is known yet");
        return JsonElement.Parse("null");
    }

    private ImmutableArray<Trigger> ReadTriggers(Keys outer)
    {
        var triggers = ImmutableArray.CreateBuilder<Trigger>();
        foreach (var node in outer.List("triggers"))
        {
            if (node is not YamlMapping mapping)
            {
                context.Error(node.Position, DiagnosticCodes.WrongType, $"a trigger is a mapping with cron, not {node.Kind}");
                continue;
            }

            var keys = new Keys(context, mapping, "a trigger");
            var cron = keys.Require("cron", "six or seven fields, as in \"0 0 20 10 11 ?\"") is { } text ? keys.TextOf("cron", text) : null;
            if (cron is not null && CronFields.Check(cron) is { } wrong)
            {
                context.Error(keys.Take("cron")!.Position, DiagnosticCodes.BadCron, $"cron \"{Keys.Cut(cron)}\": {wrong}");
            }

            var zone = keys.Text("timeZone");
            if (zone is not null && !TimeZoneInfo.TryFindSystemTimeZoneById(zone, out _))
            {
                var near = Suggest.Nearest(zone, TimeZoneInfo.GetSystemTimeZones().Select(known => known.Id));
                context.Error(keys.Take("timeZone")!.Position, DiagnosticCodes.UnknownTimeZone, $"there is no time zone {Keys.Cut(zone)}{(near is null ? ": use an IANA name such as Asia/Shanghai" : $"; did you mean {near}?")}");
            }

            triggers.Add(new Trigger(cron ?? "", zone ?? "UTC", keys.Word("misfire", Misfires) ?? MisfirePolicy.FireOnce, mapping.Position));
            keys.Finish();
        }

        return triggers.ToImmutable();
    }

    [GeneratedRegex(@"\A[a-z0-9][a-z0-9-]{0,63}\z")]
    private static partial Regex RunbookName();

    [GeneratedRegex(@"\A[A-Za-z][A-Za-z0-9_]{0,63}\z")]
    private static partial Regex InputName();
}

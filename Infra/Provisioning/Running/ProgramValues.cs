using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Orchestrator.Infra.Provisioning.Programs;
using Orchestrator.Infra.Provisioning.Stacks;
using Orchestrator.Infra.Provisioning.State;

namespace Orchestrator.Infra.Provisioning.Running;

/// <summary>What names in a program stand for while it runs. Safe for concurrent use.</summary>
internal sealed class ProgramValues
{
    private readonly ConcurrentDictionary<string, JsonNode?> _values = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, JsonNode?> _known = new(StringComparer.Ordinal);
    private readonly ImmutableDictionary<string, Expression> _variables;

    /// <param name="secrets">Learns each secret that is met on the way.</param>
    public ProgramValues(StackProgram program, ImmutableDictionary<string, JsonNode?> config, Urns urns, SecretTexts secrets)
    {
        _variables = program.Variables.ToImmutableDictionary();
        Evaluator = new Evaluator(program, Lookup, secrets.Learn);
        foreach (var (name, value) in config)
        {
            _values[name] = value;
            secrets.Learn(value);
        }

        _values["pulumi"] = new JsonObject { ["stack"] = urns.Stack, ["project"] = urns.Project, ["organization"] = "organization", ["cwd"] = Path.GetFullPath(program.Directory) };
    }

    public Evaluator Evaluator { get; }

    /// <summary>A resource's inputs, outputs over them, <c>id</c> and <c>urn</c>.</summary>
    /// <param name="complete">False in a preview of a change: what is not there counts as unknown.</param>
    public void Set(ResourceDeclaration resource, ResourceState state, bool complete = true)
    {
        var value = state.Inputs.DeepClone().AsObject();
        foreach (var (name, output) in state.Outputs)
        {
            value[name] = output?.DeepClone();
        }

        value["urn"] = state.Urn;
        if (state.Id is not null)
        {
            value["id"] = state.Id;
        }

        if (!complete)
        {
            value[Secrets.Unknown] = true;
        }

        _values[resource.Logical] = value;
    }

    // Variables are evaluated where they are used: what they refer to is there by then, as the order of the program says. Those that hold nothing
    // unknown are kept; a value is never changed in place, since whoever takes a part of it takes a copy.
    private JsonNode? Lookup(string root)
    {
        if (_values.TryGetValue(root, out var value) || _known.TryGetValue(root, out value))
        {
            return value;
        }

        value = Evaluator.Evaluate(_variables[root]);
        if (!Evaluator.HasUnknown(value))
        {
            _known[root] = value;
        }

        return value;
    }
}

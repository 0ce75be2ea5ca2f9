using System.Collections.Immutable;
using Orchestrator.Text;

namespace Orchestrator.Infra.Provisioning.Programs;

/// <summary>Checks that every reference leads somewhere and none in a circle, and orders resources and variables by it.</summary>
internal sealed class ProgramOrder(Func<Position, string, string, string?> report)
{
    private readonly Dictionary<string, Node> _nodes = new(StringComparer.Ordinal);
    private readonly List<string> _order = [];

    public (ImmutableArray<ResourceDeclaration> Resources, ImmutableArray<KeyValuePair<string, Expression>> Variables) Sort(
        ImmutableArray<ConfigDeclaration> config,
        ImmutableArray<KeyValuePair<string, Expression>> variables,
        ImmutableArray<ResourceDeclaration> resources,
        ImmutableArray<KeyValuePair<string, Expression>> outputs)
    {
        _nodes.Add("pulumi", new Node(default, []));
        foreach (var declaration in config)
        {
            Add(declaration.Name, declaration.Position, []);
        }

        foreach (var (name, value) in variables)
        {
            Add(name, value.Position, value.References());
        }

        foreach (var resource in resources)
        {
            Add(resource.Logical, resource.Position, resource.References());
        }

        foreach (var reference in outputs.SelectMany(output => output.Value.References()))
        {
            Check(reference);
        }

        foreach (var name in _nodes.Keys.ToArray())
        {
            Visit(name, []);
        }

        var resourceByName = resources.GroupBy(resource => resource.Logical).ToDictionary(group => group.Key, group => group.First());
        var variableByName = variables.GroupBy(variable => variable.Key).ToDictionary(group => group.Key, group => group.First());
        return (
            [.. _order.Where(resourceByName.ContainsKey).Select(name => resourceByName[name])],
            [.. _order.Where(variableByName.ContainsKey).Select(name => variableByName[name])]);
    }

    private void Add(string name, Position position, IEnumerable<Reference> references)
    {
        if (!_nodes.TryAdd(name, new Node(position, [.. references])))
        {
            report(position, "duplicate-name", $"'{name}' is the name of something else already: config, variables, resources and Pulumi's own 'pulumi' share one space");
        }
    }

    private bool Check(Reference reference)
    {
        if (_nodes.ContainsKey(reference.Root))
        {
            return true;
        }

        report(reference.Position, "unknown-reference", $"{reference} refers to nothing in this program{Suggest.Hint(reference.Root, _nodes.Keys)}");
        return false;
    }

    private void Visit(string name, ImmutableStack<string> path)
    {
        var node = _nodes[name];
        if (node.Done)
        {
            return;
        }

        if (path.Contains(name))
        {
            report(node.Position, "cycle", $"'{name}' refers to itself: {string.Join(" → ", path.TakeWhile(step => step != name).Append(name).Reverse().Append(name))}");
            node.Done = true;
            return;
        }

        foreach (var reference in node.References)
        {
            if (Check(reference))
            {
                Visit(reference.Root, path.Push(name));
            }
        }

        if (!node.Done)
        {
            node.Done = true;
            _order.Add(name);
        }
    }

    private sealed class Node(Position position, ImmutableArray<Reference> references)
    {
        public Position Position => position;

        public ImmutableArray<Reference> References => references;

        public bool Done { get; set; }
    }
}

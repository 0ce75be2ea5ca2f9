using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Acornima.Ast;

namespace Orchestrator.Workflows.Language.Expressions;

/// <summary>Finds the names an expression takes from outside: those that no function or block within it declares.</summary>
internal sealed class ReferenceCollector
{
    private readonly ImmutableArray<Reference>.Builder references = ImmutableArray.CreateBuilder<Reference>();

    /// <summary>How many of the open functions and blocks declare a name.</summary>
    private readonly Dictionary<string, int> declared = new(StringComparer.Ordinal);

    public static ImmutableArray<Reference> Collect(Node expression)
    {
        var collector = new ReferenceCollector();
        collector.Visit(expression);
        return collector.references.ToImmutable();
    }

    private void Visit(Node? node)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        switch (node)
        {
            case null:
                break;
            case Identifier identifier:
                Refer(identifier, []);
                break;
            case MemberExpression member:
                VisitMember(member);
                break;
            case ThisExpression @this:
                references.Add(new Reference("this", @this.Start, []));
                break;
            case IFunction:
            case StaticBlock:
            case BlockStatement:
            case CatchClause:
            case ForStatement:
            case ForInStatement:
            case ForOfStatement:
            case SwitchStatement:
                WithScope(node);
                break;
            case IProperty property:
                VisitProperty(node, property);
                break;
            case LabeledStatement labelled:
                Visit(labelled.Body);
                break;
            case BreakStatement or ContinueStatement or MetaProperty:
                break;
            default:
                VisitChildren(node);
                break;
        }
    }

    private void VisitChildren(Node node)
    {
        foreach (var child in node.ChildNodes)
        {
            Visit(child);
        }
    }

    private void VisitProperty(Node node, IProperty property)
    {
        foreach (var child in node.ChildNodes)
        {
            if (property.Computed || !ReferenceEquals(child, property.Key) || ReferenceEquals(property.Key, property.Value))
            {
                Visit(child);
            }
        }
    }

    private void VisitMember(MemberExpression member)
    {
        var members = new Stack<Member>();
        Node node = member;
        while (true)
        {
            if (node is ChainExpression chain)
            {
                node = chain.Expression;
            }
            else if (node is MemberExpression inner)
            {
                if (NameOf(inner) is { } name)
                {
                    members.Push(new Member(name, inner.Property.Start, inner.Optional));
                }
                else
                {
                    members.Clear();
                    Visit(inner.Property);
                }

                node = inner.Object;
            }
            else
            {
                break;
            }
        }

        if (node is Identifier identifier)
        {
            Refer(identifier, [.. members]);
        }
        else
        {
            Visit(node);
        }
    }

    /// <summary>The member's name where it is fixed: <c>a.name</c>, <c>a['name']</c> and <c>a[0]</c>.</summary>
    internal static string? NameOf(MemberExpression member) => member.Property switch
    {
        Identifier property when !member.Computed => property.Name,
        StringLiteral text when member.Computed => text.Value,
        _ => null,
    };

    private void Refer(Identifier identifier, ImmutableArray<Member> members)
    {
        if (declared.GetValueOrDefault(identifier.Name) == 0)
        {
            references.Add(new Reference(identifier.Name, identifier.Start, members));
        }
    }

    private void WithScope(Node node)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        if (node is IFunction function)
        {
            foreach (var parameter in function.Params)
            {
                DeclarePattern(parameter, names);
            }

            if (function.Id is { } id)
            {
                names.Add(id.Name);
            }

            if (function is not ArrowFunctionExpression)
            {
                names.Add("arguments");
                names.Add("this");
            }
        }
        else if (node is CatchClause { Param: { } caught })
        {
            DeclarePattern(caught, names);
        }

        DeclareIn(node, names);
        foreach (var name in names)
        {
            declared[name] = declared.GetValueOrDefault(name) + 1;
        }

        VisitChildren(node);
        foreach (var name in names)
        {
            declared[name]--;
        }
    }

    /// <summary>Declarations anywhere below, except in functions further in. Block-wise scoping is not needed to tell inside from outside.</summary>
    private static void DeclareIn(Node node, HashSet<string> names)
    {
        foreach (var child in node.ChildNodes)
        {
            switch (child)
            {
                case null:
                    break;
                case VariableDeclarator declarator:
                    DeclarePattern(declarator.Id, names);
                    DeclareIn(declarator, names);
                    break;
                case FunctionDeclaration { Id: { } id }:
                    names.Add(id.Name);
                    break;
                case ClassDeclaration { Id: { } id }:
                    names.Add(id.Name);
                    break;
                case IFunction:
                    break;
                default:
                    DeclareIn(child, names);
                    break;
            }
        }
    }

    private static void DeclarePattern(Node pattern, HashSet<string> names)
    {
        switch (pattern)
        {
            case Identifier identifier:
                names.Add(identifier.Name);
                break;
            case AssignmentPattern assignment:
                DeclarePattern(assignment.Left, names);
                break;
            case RestElement rest:
                DeclarePattern(rest.Argument, names);
                break;
            case ArrayPattern array:
                foreach (var element in array.Elements)
                {
                    if (element is not null)
                    {
                        DeclarePattern(element, names);
                    }
                }

                break;
            case ObjectPattern @object:
                foreach (var property in @object.Properties)
                {
                    DeclarePattern(property is Property { Value: var value } ? value : property, names);
                }

                break;
        }
    }
}

using Acornima;
using Acornima.Ast;

namespace Orchestrator.Workflows.Language.Expressions;

/// <summary>What an expression's syntax tells of what it may need.</summary>
/// <param name="NeedsStack">It may call itself, or is deep.</param>
/// <param name="HasBigInt">It has whole numbers of any length.</param>
/// <param name="TakesBuiltIns">It may get at a built-in function as a value, or change what built-in functions read: see <see cref="BuiltInGuard"/>.</param>
/// <param name="Operations">How many calls, templates and operators it has.</param>
/// <param name="Members">The names of members in it. No other built-in function can be called, but by a conversion, unless it takes them as values.</param>
internal sealed record SyntaxNeeds(bool NeedsStack, bool HasBigInt, bool TakesBuiltIns, int Operations, IReadOnlySet<string> Members)
{
    public bool MayCall(string name) => TakesBuiltIns || Members.Contains(name);

    /// <summary>It may have lazy iterators.</summary>
    public bool MayIterate => NeedsStack && (MayCall("values") || MayCall("keys") || MayCall("entries") || MayCall("matchAll") || MayCall("*"));
}

/// <summary>Looks at an expression's syntax without recursion, before anything that recurses does.</summary>
internal static class SyntaxBounds
{
    /// <summary>The deepest syntax that is read, in nested nodes: <c>1 + 1 + 1</c> has two levels of <c>+</c>.</summary>
    public const int Deepest = 500;

    /// <summary>Syntax to this depth and without functions needs little stack.</summary>
    private const int Shallow = 50;

    /// <summary>What is wrong with the syntax, or null.</summary>
    public static SyntaxError? Check(Node root, out SyntaxNeeds needs)
    {
        var (needsStack, hasBigInt, takesBuiltIns, operations) = (false, false, false, 0);
        var members = new HashSet<string>(StringComparer.Ordinal);
        needs = new SyntaxNeeds(true, true, true, int.MaxValue, members);
        Node? growing = null;
        var open = new Stack<(Node Node, Node? Parent, Node? Grandparent, int Depth)>();
        open.Push((root, null, null, 1));
        while (open.TryPop(out var at))
        {
            needsStack |= at.Depth > Shallow || at.Node is IFunction or IClass;
            takesBuiltIns = takesBuiltIns || TakesBuiltIn(at.Node, at.Parent, at.Grandparent);
            operations += SourceChecks.IsOperation(at.Node, at.Parent) ? 1 : 0;
            if (at.Node is MemberExpression read && NameOf(read) is { } member)
            {
                members.Add(member);
            }
            else if (at.Node is IFunction { Generator: true })
            {
                members.Add("*");
            }

            switch (at.Node)
            {
                case Identifier { Name: var name } when SourceChecks.IsReserved(name):
                    return new SyntaxError($"{name} is a name of the engine's own: take another one", at.Node.Start);
                case var _ when at.Depth > Deepest:
                    return new SyntaxError($"the expression is nested too deeply: more than {Deepest} levels", at.Node.Start);
                case ImportExpression:
                    return new SyntaxError("import loads modules, and an expression has none", at.Node.Start);
                case BigIntLiteral:
                    hasBigInt = true;
                    break;
                case BinaryExpression { Operator: Operator.Multiplication or Operator.Exponentiation or Operator.LeftShift }:
                case AssignmentExpression { Operator: Operator.MultiplicationAssignment or Operator.ExponentiationAssignment or Operator.LeftShiftAssignment }:
                    growing = at.Node;
                    break;
            }

            foreach (var child in at.Node.ChildNodes)
            {
                if (child is not null)
                {
                    open.Push((child, at.Node, at.Parent, at.Depth + 1));
                }
            }
        }

        needs = new SyntaxNeeds(needsStack || takesBuiltIns, hasBigInt, takesBuiltIns, operations, members);

        // Such a number doubles its length with each statement, and one product of it cannot be stopped half-way.
        return hasBigInt && growing is not null
            ? new SyntaxError("*, ** and << do not go with whole numbers of any length (as in 7n): take ordinary numbers, or + and -", growing.Start)
            : null;
    }

    /// <summary>
    /// To be wrong here on one side costs a little time, on the other the process. So a member whose name is not known
    /// counts, and one that only looks like a built-in function.
    /// </summary>
    private static bool TakesBuiltIn(Node node, Node? parent, Node? grandparent) => node switch
    {
        // Sets what built-in functions may read: toString, length, exec, name.
        MemberExpression when IsTarget(node, parent) => true,
        MemberExpression { Computed: true, Property: NumericLiteral } => false,
        // What a computed member gives is looked at where it is no function that is called: see SourceChecks.
        MemberExpression member when NameOf(member) is null => IsCalled(node, parent) || (parent is ChainExpression && IsCalled(parent, grandparent)),
        MemberExpression member => NameOf(member) is { } name && (IsReflection(name) || (BuiltInGuard.Names.Contains(name) && !IsCalled(node, parent))),
        IClass => true,
        Property { Value: var value } property when parent is ObjectPattern => property.Computed || value is MemberExpression || NameOf(property) is not { } name || BuiltInGuard.Names.Contains(name) || IsReflection(name),
        Property { Computed: false } property => NameOf(property) is "__proto__",
        Identifier identifier when IsGlobalFunction(identifier) => !IsCalled(node, parent) && !(parent is MemberExpression owner && ReferenceEquals(owner.Object, node)) && !SourceChecks.IsCallback(node, parent),
        _ => false,
    };

    public static bool IsGlobalFunction(Identifier identifier) =>
        identifier.Name is not ("undefined" or "NaN" or "Infinity" or "Math" or "JSON") && Expression.Globals.Contains(identifier.Name);

    public static bool IsCalled(Node node, Node? parent) => parent switch
    {
        CallExpression call => ReferenceEquals(call.Callee, node),
        NewExpression made => ReferenceEquals(made.Callee, node),
        TaggedTemplateExpression tagged => ReferenceEquals(tagged.Tag, node),
        _ => false,
    };

    public static bool IsTarget(Node node, Node? parent) => parent switch
    {
        AssignmentExpression assignment => ReferenceEquals(assignment.Left, node),
        AssignmentPattern pattern => ReferenceEquals(pattern.Left, node),
        ForInStatement loop => ReferenceEquals(loop.Left, node),
        ForOfStatement loop => ReferenceEquals(loop.Left, node),
        ArrayPattern or RestElement => true,
        _ => false,
    };

    /// <summary>What gives, sets or binds functions, or changes from whom an object inherits.</summary>
    private static bool IsReflection(string name) =>
        name is "assign" or "create" or "constructor" or "prototype" or "bind" or "call" or "apply" or "fromEntries" or "setPrototypeOf" or "getPrototypeOf"
        || name.StartsWith("__", StringComparison.Ordinal) || name.StartsWith("define", StringComparison.Ordinal) || name.StartsWith("getOwn", StringComparison.Ordinal);

    public static string? NameOf(MemberExpression member) => member switch
    {
        { Computed: false, Property: Identifier property } => property.Name,
        { Property: PrivateIdentifier } => "#",
        { Computed: true, Property: StringLiteral text } => text.Value,
        _ => null,
    };

    private static string? NameOf(Property property) => property.Key switch
    {
        Identifier key => key.Name,
        StringLiteral text => text.Value,
        NumericLiteral => "0",
        _ => null,
    };
}

using Acornima;
using Acornima.Ast;

namespace Orchestrator.Workflows.Expressions;

/// <summary>Looks at an expression's syntax without recursion, before anything that recurses does.</summary>
internal static class SyntaxBounds
{
    /// <summary>The deepest syntax that is read, in nested nodes: <c>1 + 1 + 1</c> has two levels of <c>+</c>.</summary>
    public const int Deepest = 500;

    /// <summary>Syntax to this depth and without functions needs little stack.</summary>
    private const int Shallow = 50;

    /// <summary>What is wrong with the syntax, or null. <paramref name="needsStack"/>: it may call itself, or is deep.</summary>
    public static SyntaxError? Check(Node root, out bool needsStack, out bool hasBigInt)
    {
        (needsStack, hasBigInt) = (false, false);
        Node? growing = null;
        var open = new Stack<(Node Node, int Depth)>();
        open.Push((root, 1));
        while (open.TryPop(out var at))
        {
            needsStack |= at.Depth > Shallow || at.Node is IFunction or IClass;
            switch (at.Node)
            {
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
                    open.Push((child, at.Depth + 1));
                }
            }
        }

        // Such a number doubles its length with each statement, and one product of it cannot be stopped half-way.
        return hasBigInt && growing is not null
            ? new SyntaxError("*, ** and << do not go with whole numbers of any length (as in 7n): take ordinary numbers, or + and -", growing.Start)
            : null;
    }
}

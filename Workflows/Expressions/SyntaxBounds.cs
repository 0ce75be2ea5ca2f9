using Acornima;
using Acornima.Ast;

namespace Orchestrator.Workflows.Expressions;

/// <summary>What is refused in an expression's syntax before it ever runs, because no bound holds it later.</summary>
internal static class SyntaxBounds
{
    /// <summary>How deep an expression may be nested. A sum of n parts counts n.</summary>
    public const int Deepest = 512;

    /// <summary>True when a whole number such as <c>12n</c> is written in it.</summary>
    public static bool HasLargeInteger(Node syntax)
    {
        var open = new Stack<Node>([syntax]);
        while (open.TryPop(out var node))
        {
            if (node is BigIntLiteral)
            {
                return true;
            }

            foreach (var child in node.ChildNodes)
            {
                if (child is not null)
                {
                    open.Push(child);
                }
            }
        }

        return false;
    }

    public static SyntaxError? Check(Node syntax)
    {
        // Not recursive: this is what makes recursion over the syntax safe.
        var open = new Stack<(Node Node, int Depth)>([(syntax, 1)]);
        Node? large = null, growing = null;
        while (open.TryPop(out var next))
        {
            var (node, depth) = next;
            if (depth > Deepest)
            {
                return new SyntaxError($"the expression is nested more than {Deepest} levels deep", node.Start);
            }

            switch (node)
            {
                case ImportExpression:
                    return new SyntaxError("import() is not available: an expression reads inputs, steps and run only", node.Start);
                case BigIntLiteral:
                    large = node;
                    break;
                case BinaryExpression { Operator: Operator.Multiplication or Operator.Exponentiation or Operator.LeftShift }:
                case AssignmentExpression { Operator: Operator.MultiplicationAssignment or Operator.ExponentiationAssignment or Operator.LeftShiftAssignment }:
                    growing = node;
                    break;
            }

            foreach (var child in node.ChildNodes)
            {
                if (child is not null)
                {
                    open.Push((child, depth + 1));
                }
            }
        }

        // One product of two whole numbers of a million digits takes minutes, and nothing can stop it on its way.
        return large is not null && growing is not null
            ? new SyntaxError("whole numbers that end in n cannot be multiplied, raised or shifted: write them without n", large.Start)
            : null;
    }
}

using Jint;

namespace Orchestrator.Workflows.Language.Expressions;

/// <summary>
/// Asked at each statement and at each entry into a function, however it is reached: by a call, a conversion, a getter, a
/// callback or a generator. The engine's own count of calls sees only one function calling itself.
/// </summary>
internal sealed class StackConstraint : Constraint
{
    private const string Message = "does not end: it calls itself too deep";

    public override void Check() => Probe();

    /// <exception cref="ResultRefusedException">Calls have used up their part of the stack.</exception>
    public static void Probe()
    {
        if (KnownStack.IsUsedUp)
        {
            throw new ResultRefusedException("expression-endless", Message);
        }
    }

    public override void Reset()
    {
    }
}

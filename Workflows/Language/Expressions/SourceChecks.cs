using System.Text;
using Acornima;
using Acornima.Ast;

namespace Orchestrator.Workflows.Language.Expressions;

/// <summary>
/// Writes checks into an expression's source. Within one expression the engine has no statement at which it looks at time
/// and memory, so a list of a thousand <c>s.toUpperCase()</c> takes gigabytes. Ordinary expressions stay as they are.
/// </summary>
internal static class SourceChecks
{
    /// <summary>Takes the whole expression's value.</summary>
    public const string Result = "$result$";

    /// <summary>Looks at time, memory and how long a text has become, and gives its argument back.</summary>
    public const string Check = "$check$";

    /// <summary>Looks at how long a text is of which so many are put together at once, and gives it back.</summary>
    public const string Part = "$part$";

    /// <summary>Gives a value back that is no built-in function.</summary>
    public const string Data = "$data$";

    /// <summary>Gives a built-in function that is looked at each time it is called.</summary>
    public const string Callback = "$callback$";

    /// <summary>So many operations may run without a look in between.</summary>
    private const int Unchecked = 24;

    private const int Interval = 8;

    public static bool IsReserved(string name) => name is Result or Check or Part or Data or Callback;

    public static string Write(string code, Node root, SyntaxNeeds needs, out bool hasChecks)
    {
        var insertions = new List<(int At, bool Opens, int Order, string Text)>();
        var operations = 0;
        var open = new Stack<(Node Node, Node? Parent, bool InChain)>();
        open.Push((root, null, false));
        while (open.TryPop(out var at))
        {
            var (node, parent, inChain) = at;
            var isOperation = IsOperation(node, parent) && !inChain;
            if ((isOperation && needs.Operations > Unchecked && ++operations % Interval == 0) || GrowsText(node, parent, needs))
            {
                Wrap(node, Check, "");
            }

            if (ReadsComputed(node, parent, inChain))
            {
                Wrap(node, Data, "");
            }
            else if (node is Identifier identifier && SyntaxBounds.IsGlobalFunction(identifier) && IsCallback(node, parent))
            {
                Wrap(node, Callback, "");
            }

            var parts = node switch
            {
                TemplateLiteral template when parent is not TaggedTemplateExpression => template.Expressions.Count,
                CallExpression call => call.Arguments.Count,
                _ => 0,
            };
            foreach (var child in node.ChildNodes)
            {
                if (child is null)
                {
                    continue;
                }

                if (node is CallExpression { Callee: Identifier { Name: "RegExp" } } or NewExpression { Callee: Identifier { Name: "RegExp" } } && child is not (SpreadElement or Identifier { Name: "RegExp" }))
                {
                    // A pattern is compiled to many times its length.
                    Wrap(child, Part, ",256");
                }
                else if (child is SpreadElement spread && node is ObjectExpression or CallExpression or NewExpression)
                {
                    // Each character becomes a member or an argument, each text of a list one argument.
                    Wrap(spread.Argument, Part, ",64");
                }
                else if (parts > Interval && child is not (TemplateElement or SpreadElement or Literal) && !(node is CallExpression { Callee: var callee } && ReferenceEquals(callee, child)))
                {
                    Wrap(child, Part, $",{parts}");
                }

                open.Push((child, node, node is ChainExpression || (inChain && IsChained(node, child))));
            }
        }

        hasChecks = insertions.Count > 0;
        var text = new StringBuilder(code.Length + 32);
        text.Append(Result).Append("((");
        var from = 0;
        foreach (var (position, _, _, inserted) in insertions.OrderBy(insertion => insertion.At).ThenBy(insertion => insertion.Opens).ThenBy(insertion => insertion.Order))
        {
            text.Append(code, from, position - from).Append(inserted);
            from = position;
        }

        return text.Append(code, from, code.Length - from).Append("\n))").ToString();

        void Wrap(Node node, string function, string more)
        {
            // An outer one is met first: it opens before and closes after what is within.
            var order = insertions.Count;
            insertions.Add((node.Start, true, order, $"{function}(("));
            insertions.Add((node.End, false, -order, $"){more})"));
        }
    }

    /// <summary>What may take long or make a text whole, where a value of it can be wrapped.</summary>
    public static bool IsOperation(Node node, Node? parent) => node switch
    {
        CallExpression or NewExpression or NonLogicalBinaryExpression => true,
        TemplateLiteral => parent is not TaggedTemplateExpression,
        _ => false,
    };

    /// <summary>Texts that are put together are copied later, when one is read.</summary>
    private static bool GrowsText(Node node, Node? parent, SyntaxNeeds needs) => node switch
    {
        AssignmentExpression { Operator: Operator.AdditionAssignment } => true,
        BinaryExpression { Operator: Operator.Addition } sum => parent is not BinaryExpression { Operator: Operator.Addition } && (needs.NeedsStack || sum.Left is BinaryExpression { Operator: Operator.Addition, Left: BinaryExpression { Operator: Operator.Addition } }),
        _ => false,
    };

    /// <summary><c>list.map(Number)</c>.</summary>
    public static bool IsCallback(Node node, Node? parent) =>
        parent is CallExpression { Callee: MemberExpression { Computed: false, Property: Identifier { Name: "map" or "filter" or "every" or "some" or "find" or "flatMap" } } } call && !ReferenceEquals(call.Callee, node);

    private static bool ReadsComputed(Node node, Node? parent, bool inChain) => node switch
    {
        MemberExpression { Computed: true, Property: not NumericLiteral } member => SyntaxBounds.NameOf(member) is null && !inChain && IsValue(node, parent),
        ChainExpression chain => HasComputed(chain.Expression) && IsValue(node, parent),
        _ => false,
    };

    private static bool HasComputed(Node chained) => chained switch
    {
        MemberExpression member => SyntaxBounds.NameOf(member) is null || HasComputed(member.Object),
        CallExpression call => HasComputed(call.Callee),
        _ => false,
    };

    private static bool IsValue(Node node, Node? parent) =>
        !SyntaxBounds.IsCalled(node, parent) && !SyntaxBounds.IsTarget(node, parent) && parent is not (UpdateExpression) && !(parent is UnaryExpression { Operator: Operator.Delete });

    private static bool IsChained(Node node, Node child) => node switch
    {
        MemberExpression member => ReferenceEquals(member.Object, child),
        CallExpression call => ReferenceEquals(call.Callee, child),
        _ => false,
    };
}

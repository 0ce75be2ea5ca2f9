namespace Orchestrator.Workflows.Language.Diagnostics;

/// <summary>The codes of diagnostics, stable for ever; docs/runbooks.md says what each means.</summary>
public static class DiagnosticCodes
{
    // The file.
    public const string Unreadable = "RB001";
    public const string TooLarge = "RB002";
    public const string NotText = "RB003";
    public const string Empty = "RB004";
    public const string Syntax = "RB005";
    public const string Tab = "RB006";
    public const string Alias = "RB007";
    public const string ManyDocuments = "RB008";
    public const string TooDeep = "RB009";
    public const string DuplicateKey = "RB010";
    public const string Tag = "RB011";

    // The grammar.
    public const string UnknownKey = "RB101";
    public const string MissingKey = "RB102";
    public const string WrongType = "RB103";
    public const string BadValue = "RB104";
    public const string BadName = "RB105";
    public const string DuplicateId = "RB106";
    public const string NoKind = "RB107";
    public const string ManyKinds = "RB108";
    public const string BadDuration = "RB109";
    public const string OutOfRange = "RB110";
    public const string UnboundedRepeat = "RB111";
    public const string ApproveByDefault = "RB112";
    public const string BadCron = "RB113";
    public const string UnknownTimeZone = "RB114";
    public const string BadLock = "RB115";
    public const string BadDefault = "RB116";
    public const string BadTime = "RB117";
    public const string NothingIn = "RB118";

    // Expressions.
    public const string UnclosedExpression = "RB201";
    public const string BadExpression = "RB202";
    public const string UnknownName = "RB203";
    public const string UnknownStep = "RB204";
    public const string StepNotVisible = "RB205";
    public const string UnknownInputRead = "RB206";
    public const string UnknownMember = "RB207";
    public const string FailingExpression = "RB208";
    public const string EndlessExpression = "RB209";
    public const string TooExpensive = "RB210";
    public const string TooManySteps = "RB211";
    public const string ConditionText = "RB212";

    // Activities and their arguments.
    public const string UnknownActivity = "RB301";
    public const string MissingArgument = "RB302";
    public const string UnknownArgument = "RB303";
    public const string ArgumentType = "RB304";
    public const string ArgumentValue = "RB305";
    public const string ArgumentRange = "RB306";

    // Child runbooks.
    public const string UnknownRunbook = "RB401";
    public const string RunbookCycle = "RB402";
    public const string BrokenRunbook = "RB403";
    public const string MissingChildInput = "RB404";
    public const string UnknownChildInput = "RB405";
    public const string BadChildInput = "RB406";

    // Static rules.
    public const string NeedsApproval = "RB501";
    public const string NeedsUndo = "RB502";
    public const string TriggerNeedsDefault = "RB503";
    public const string EmptyLoop = "RB521";
    public const string EmptyQuestion = "RB522";

    // Inputs of a run.
    public const string UnknownInput = "IN101";
    public const string MissingInput = "IN102";
    public const string InputType = "IN103";
    public const string InputRange = "IN104";
    public const string InputValue = "IN105";
    public const string BadInputText = "IN106";
    public const string InputsTooLarge = "IN107";
}

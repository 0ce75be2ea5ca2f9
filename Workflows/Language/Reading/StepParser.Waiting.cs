using System.Collections.Immutable;
using Orchestrator.Text.Yaml;
using Orchestrator.Workflows.Language.Diagnostics;
using Orchestrator.Workflows.Language.Yaml;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Language.Reading;

// Steps that wait for people, a time or a signal.
internal sealed partial class StepParser
{
    private ApprovalStep ReadApproval(Keys outer, string id)
    {
        var step = new ApprovalStep { Id = id, Position = outer.Position, Question = new LiteralTemplate(YamlLiteral.Text(id), outer.Position), Roles = [] };
        if (Mapping(outer, "approval") is not { } mapping)
        {
            return step;
        }

        var keys = new Keys(context, mapping, "approval");
        var title = keys.Require("title", "the question to answer");
        var evidence = keys.Take("evidence");
        keys.Require("roles", "who may decide, as in roles: [ commander ]");
        var roles = keys.Words("roles").ToImmutableArray();
        var timeout = keys.Duration("timeout");
        step = step with
        {
            Question = title is null || keys.TextOf("title", title) is null ? step.Question : TemplateReader.Read(context, title),
            Evidence = evidence is null ? null : TemplateReader.Read(context, evidence),
            Roles = roles,
            Quorum = keys.Integer("quorum", 1, 20) ?? 1,
            Timeout = timeout,
            EscalateTo = ReadOnTimeout(keys),
        };
        if (roles.IsEmpty && keys.Take("roles") is YamlSequence { Items.IsEmpty: true } none)
        {
            context.Error(none.Position, DiagnosticCodes.NothingIn, "roles is empty: nobody could ever approve");
        }

        if (keys.Has("onTimeout") && !keys.Has("timeout"))
        {
            context.Error(keys.KeyOf("onTimeout")!.Position, DiagnosticCodes.MissingKey, "onTimeout without a timeout never comes to pass: give timeout as well, as in timeout: 30m");
        }

        keys.Finish();
        return step;
    }

    private ImmutableArray<string> ReadOnTimeout(Keys approval)
    {
        switch (approval.Take("onTimeout"))
        {
            case null or YamlScalar { Text: "reject" }:
                return [];
            case YamlScalar { Text: "approve" } approve:
                context.Error(approve.Position, DiagnosticCodes.ApproveByDefault, "onTimeout: approve is refused: silence is no approval. Use reject, or { escalate: [ role ] }");
                return [];
            case YamlMapping mapping:
                var keys = new Keys(context, mapping, "onTimeout");
                keys.Require("escalate", "the roles that decide then");
                var roles = keys.Words("escalate").ToImmutableArray();
                keys.Finish();
                return roles;
            case var node:
                context.Error(node.Position, DiagnosticCodes.BadValue, $"onTimeout is reject or {{ escalate: [ role ] }}, not {Keys.Shown(node)}");
                return [];
        }
    }

    private WaitStep ReadWait(Keys outer, string id)
    {
        var step = new WaitStep { Id = id, Position = outer.Position };
        if (Mapping(outer, "wait") is not { } mapping)
        {
            return step;
        }

        var keys = new Keys(context, mapping, "wait");
        var (until, duration, signal) = (keys.Take("until"), keys.Take("for"), keys.Take("signal"));
        var given = new[] { "until", "for", "signal" }.Where(keys.Has).ToArray();
        if (given.Length != 1)
        {
            context.Error(mapping.Position, given.Length == 0 ? DiagnosticCodes.MissingKey : DiagnosticCodes.ManyKinds, "wait needs exactly one of until (a time), for (a duration) and signal (a name)");
        }

        if (until is YamlScalar time && !time.Text.Contains("${", StringComparison.Ordinal) && !Times.TryParse(time.Text, out _))
        {
            context.Error(time.Position, DiagnosticCodes.BadTime, $"until is {Keys.Shown(time)}: {Times.Form}");
        }

        if (duration is YamlScalar length && !length.Text.Contains("${", StringComparison.Ordinal) && !Duration.TryFrom(YamlLiteral.Of(length), out _))
        {
            context.Error(length.Position, DiagnosticCodes.BadDuration, $"for is {Keys.Shown(length)}: {Duration.Form}");
        }

        var timeout = keys.Duration("timeout");
        if (timeout is not null && signal is null)
        {
            context.Error(keys.KeyOf("timeout")!.Position, DiagnosticCodes.UnknownKey, "timeout goes with signal only: a wait for a time or a duration ends by itself");
        }

        keys.Finish();
        return step with { Until = Text(until, "until"), For = Text(duration, "for"), Signal = Text(signal, "signal"), Timeout = timeout };

        Template? Text(YamlNode? node, string key) => node is null || keys.TextOf(key, node) is null ? null : TemplateReader.Read(context, node);
    }
}

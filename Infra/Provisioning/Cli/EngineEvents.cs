using System.Collections.Immutable;
using System.Text.Json;
using Orchestrator.Infra.Provisioning.Programs;
using Orchestrator.Infra.Provisioning.Stacks;

namespace Orchestrator.Infra.Provisioning.Cli;

/// <summary>
/// What the events of one operation come to: resources by operation, failures with the message that the provider gave, diagnostics. Each event is
/// passed on in this program's words. Kinds that are not known are passed over; a line that is no JSON is counted. Not safe for concurrent use.
/// </summary>
internal sealed class EngineEvents(TimeProvider environmentClock, Action<StackEvent>? onEvent, Func<string, string> hide)
{
    private readonly Dictionary<string, int> _changes = new(StringComparer.Ordinal);
    private readonly List<ResourceFailure> _failures = [];
    private readonly Dictionary<string, string> _errors = new(StringComparer.Ordinal);
    private readonly List<string> _general = [];
    private int _sequence;

    public ImmutableDictionary<string, int> Changes => _changes.ToImmutableDictionary(StringComparer.Ordinal);

    public ImmutableArray<ResourceFailure> Failures => [.. _failures.OrderBy(failure => failure.Urn, StringComparer.Ordinal)];

    /// <summary>Errors that belong to no resource, as those of a program that is wrong.</summary>
    public IReadOnlyList<string> Errors => _general;

    /// <summary>succeeded, failed or canceled; null until the summary came.</summary>
    public string? Result { get; private set; }

    public bool MaybeCorrupt { get; private set; }

    /// <summary>The engine's last event came: the process has nothing more to do than to end.</summary>
    public bool Ended { get; private set; }

    /// <summary>Lines that were no event.</summary>
    public int Unreadable { get; private set; }

    public void Take(string line)
    {
        if (string.IsNullOrWhiteSpace(line))
        {
            return;
        }

        EngineEvent? happened;
        try
        {
            happened = JsonSerializer.Deserialize(line, CliJson.Default.EngineEvent);
        }
        catch (JsonException)
        {
            Unreadable++;
            return;
        }

        switch (happened)
        {
            case { ResourcePreEvent: { Planning: false, Metadata: { } step } } when Counts(step):
                Emit(new ResourcePre(StepOf(step)));
                break;
            case { ResOutputsEvent: { Planning: false, Metadata: { } step } } when Counts(step):
                var done = StepOf(step);
                _changes[done.Op] = _changes.GetValueOrDefault(done.Op) + 1;
                Emit(new ResourceOutputs(done));
                break;
            case { ResOpFailedEvent: { Metadata: { } step } failed }:
                Fail(StepOf(step), failed.Status);
                break;
            case { DiagnosticEvent: { Message: { Length: > 0 } message } told } when !told.Ephemeral:
                Note(told.Urn, told.Severity ?? "info", hide(Plain(message)));
                break;
            case { ProgressEvent: { Message: { Length: > 0 } message, Done: true } }:
                Emit(new StackDiagnostic(null, "info", hide(message)));
                break;
            case { SummaryEvent: { IsPreview: false } summary }:
                (Result, MaybeCorrupt) = (summary.Result, summary.MaybeCorrupt);
                Emit(new Summary(summary.MaybeCorrupt, summary.DurationSeconds, Changes, summary.Result ?? (_failures.Count == 0 ? "succeeded" : "failed")));
                break;
            case { CancelEvent: not null }:
                Ended = true;
                break;
            case { ErrorEvent.Error: { Length: > 0 } error }:
                Note(null, "error", hide(Plain(error)));
                break;
        }
    }

    /// <summary>Errors of resources that no failed step followed, as a refusal to delete what is protected, are failures too.</summary>
    public void Close(string operation)
    {
        foreach (var (urn, message) in _errors)
        {
            var code = ProviderErrors.CodeOf(message);
            _failures.Add(new ResourceFailure(urn, operation == "destroy" ? "delete" : "update", code, message, ProviderErrors.IsRetryable(code, message)));
        }

        _errors.Clear();
    }

    public void Emit(StackEvent happened) => onEvent?.Invoke(happened with { Sequence = ++_sequence, Timestamp = environmentClock.GetUtcNow() });

    private void Note(string? urn, string severity, string message)
    {
        if (severity == "error")
        {
            if (urn is { Length: > 0 })
            {
                _errors[urn] = _errors.TryGetValue(urn, out var before) && before != message ? $"{before}; {message}" : message;
            }
            else if (!_general.Contains(message))
            {
                _general.Add(message);
            }
        }

        Emit(new StackDiagnostic(urn is { Length: > 0 } ? urn : null, severity, message));
    }

    /// <summary>The engine tells the error first, as a diagnostic of the resource, and then that the step failed.</summary>
    private void Fail(ResourceStep step, int status)
    {
        var message = _errors.Remove(step.Urn, out var told) ? told : "the provider gave no reason";
        var code = ProviderErrors.CodeOf(message);
        _failures.Add(new ResourceFailure(step.Urn, step.Op, code, message, ProviderErrors.IsRetryable(code, message)));
        Emit(new ResourceFailed(step, status, message));
    }

    /// <summary>The stack itself is no resource, nor is a provider that no program names; and a replacement is told as three steps of which one is the work of the others.</summary>
    private static bool Counts(StepMetadata step) => step.Type != ResourceTypes.Stack && step is not { Op: "replace", Logical: true } && !IsDefaultProvider(step);

    private static bool IsDefaultProvider(StepMetadata step) =>
        step.Type?.StartsWith(ResourceTypes.ProviderPrefix, StringComparison.Ordinal) == true && StackResource.NameOf(step.Urn ?? "") is var name && (name == "default" || name.StartsWith("default_", StringComparison.Ordinal));

    private static ResourceStep StepOf(StepMetadata step) => new(
        step.Op switch
        {
            "create-replacement" => "replace",
            "delete-replaced" or "discard-replaced" => "delete",
            _ => step.Op ?? "same",
        },
        step.Urn ?? "",
        step.Type ?? "",
        step.New?.Id is { Length: > 0 } made ? made : step.Old?.Id is { Length: > 0 } known ? known : null,
        step.Diffs ?? []);

    /// <summary>Without the marks that colour it in a terminal.</summary>
    private static string Plain(string message)
    {
        var text = message;
        while (text.IndexOf("<{%", StringComparison.Ordinal) is >= 0 and var start && text.IndexOf("%}>", start, StringComparison.Ordinal) is >= 0 and var end)
        {
            text = text.Remove(start, end + 3 - start);
        }

        return text.Trim();
    }
}

using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using Orchestrator.Fleet.Units;
using Orchestrator.Infra.Provisioning;
using Orchestrator.Infra.Provisioning.Stacks;
using Orchestrator.Workflows.Model.Activities;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Activities.Provision;

/// <summary>A trading unit's stack: its program, its configuration, and its failures told in a runbook's words.</summary>
internal static class UnitStacks
{
    /// <summary>The error of a stack of which a resource failed; the others may stand.</summary>
    public const string Failed = "stack-failed";

    /// <summary>The error of a stack that another process works on: it says nothing of the stack.</summary>
    public const string Locked = "stack-locked";

    /// <summary>What the embedded engine and Pulumi show in place of a secret.</summary>
    private const string Hidden = "[secret]";

    public static string Project(UnitKind kind) => Path.GetFileName(StackPrograms.For(kind));

    public static StackRequest Request(UnitKind kind, string unit, string idempotencyKey) =>
        new(StackPrograms.For(kind), unit, ImmutableDictionary<string, JsonNode?>.Empty) { IdempotencyKey = idempotencyKey };

    /// <param name="network">Address range of a cloud unit's own network; null: the program's default.</param>
    public static StackRequest Request(ProvisionUnitArguments arguments, string? network, string idempotencyKey) =>
        Request(arguments.Kind, arguments.Unit, idempotencyKey) with
        {
            Config = arguments.Kind == UnitKind.Cloud
                ? ImmutableDictionary<string, JsonNode?>.Empty
                    .Add("region", arguments.Region)
                    .Add("hosts", arguments.Hosts)
                    .Add("version", arguments.Version)
                    .AddRange(network is null ? [] : Network(network))
                : ImmutableDictionary<string, JsonNode?>.Empty
                    .Add("cluster", arguments.Cluster)
                    .Add("replicas", arguments.Hosts)
                    .Add("version", arguments.Version),
        };

    private static IEnumerable<KeyValuePair<string, JsonNode?>> Network(string range)
    {
        var (a, b) = UnitNetworks.SwitchesOf(range);
        yield return new("networkRange", range);
        yield return new("rangeA", a);
        yield return new("rangeB", b);
    }

    /// <summary>Where a unit answers: every output that is an http or tcp address, in the order of their names.</summary>
    public static ImmutableArray<string> Endpoints(IEnumerable<KeyValuePair<string, JsonNode?>> outputs) =>
    [
        .. outputs
            .OrderBy(output => output.Key, StringComparer.Ordinal)
            .Select(output => output.Value is JsonValue value && value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : null)
            .OfType<string>()
            .Where(text => Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https" or "tcp"),
    ];

    /// <summary>Names of the outputs that are secret.</summary>
    public static IEnumerable<string> SecretOutputs(IEnumerable<KeyValuePair<string, JsonNode?>> outputs) =>
        outputs.Where(output => output.Value is JsonValue value && value.TryGetValue<string>(out var text) && text == Hidden).Select(output => output.Key).Order(StringComparer.Ordinal);

    /// <summary>Runs a stack operation, shows its progress, and makes its failures an activity's.</summary>
    /// <param name="what">For messages, as in <c>unit cloud-1</c>.</param>
    public static async Task<StackOutcome> RunAsync(string what, Func<Action<StackEvent>, Task<StackOutcome>> operation, TaskContext context)
    {
        var done = 0;
        var outcome = await GuardedAsync(what, () => operation(stackEvent => Show(stackEvent, ref done, context)));
        return outcome.Succeeded ? outcome : throw FailureOf(what, outcome);
    }

    /// <summary>Runs what only reads; its failures are an activity's.</summary>
    public static async Task<T> GuardedAsync<T>(string what, Func<Task<T>> operation)
    {
        try
        {
            return await operation();
        }
        catch (StackProgramException exception)
        {
            throw new ActivityFailedException(
                "bad-program", $"{what}: the program or its configuration is wrong: {exception.Message}", retryable: false, exception);
        }
        catch (StackStateException exception)
        {
            throw new ActivityFailedException("stack-state", $"{what}: {exception.Message}.", retryable: false, exception);
        }
        catch (StackEngineException exception)
        {
            throw new ActivityFailedException(exception.Code, $"{what}: {exception.Message}.", exception.Retryable, exception);
        }
        catch (StackLockedException exception)
        {
            throw new ActivityFailedException(Locked, $"{what}: {exception.Message}. Wait until that process has ended, then try again.", inner: exception);
        }
    }

    private static ActivityFailedException FailureOf(string what, StackOutcome outcome) =>
        new(new StepError(
            Failed,
            $"{what}: {string.Join("; ", outcome.Failures.Select(failure => $"{Name(failure.Urn)} {failure.Operation}: {failure.Code}: {failure.Message}"))}. "
                + "What is there stays; trying again goes on from it.")
        {
            Retryable = outcome.Failures.Any(failure => failure.Retryable),
            Detail = WorkflowJson.ToElement(outcome.Failures),
        });

    private static void Show(StackEvent stackEvent, ref int done, TaskContext context)
    {
        switch (stackEvent)
        {
            case ResourcePre { Metadata: { Op: not "same" } step }:
                context.Progress(null, $"{step.Op} {Name(step.Urn)} ({done} done)");
                break;
            case ResourceOutputs:
                done++;
                break;
            case StackDiagnostic { Severity: "warning" } warning:
                context.Progress(null, warning.Urn is { } urn ? $"{Name(urn)}: {warning.Message}" : warning.Message);
                break;
            case ResourceFailed failed:
                context.Progress(null, $"{Name(failed.Metadata.Urn)}: {failed.Message}");
                break;
        }
    }

    private static string Name(string urn) => StackResource.NameOf(urn);
}

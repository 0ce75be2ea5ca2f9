using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Orchestrator.Activities.Provision;
using Orchestrator.Infra.Provisioning;
using Orchestrator.Infra.Provisioning.Stacks;
using Orchestrator.Workflows.Model.Activities;

namespace Orchestrator.Activities.Stacks;

/// <summary>What a step asks of a stack: the program found, its secrets taken from the worker's environment.</summary>
/// <param name="What">For messages, as in <c>stack shop/night</c>.</param>
internal sealed record StackTask(string Project, StackRequest Request, string What)
{
    /// <summary>Variables that a runbook may name: not every secret of a worker is a runbook's to use.</summary>
    private const string Prefix = "ORCHESTRATOR_STACK_";

    /// <exception cref="ActivityFailedException">There is no such program or variable, or a secret stands in the runbook.</exception>
    public static async Task<StackTask> OfAsync(StackArguments arguments, ProgramFolders programs, string idempotencyKey)
    {
        var what = $"stack {arguments.Program}/{arguments.Stack}";
        var folder = programs.Find(arguments.Program) ?? throw Bad($"{what}: {programs.Missing(arguments.Program)}");
        var (project, secret) = await UnitStacks.GuardedAsync(what, () => Task.FromResult((StackEngine.ProjectOf(folder), StackEngine.SecretConfigOf(folder))));
        if (arguments.Config.Keys.FirstOrDefault(secret.Contains) is { } exposed)
        {
            throw Bad($"{what}: '{exposed}' is secret in the program, and config stands in the journal; name a variable of the worker instead, as in secrets: {{ {exposed}: {Prefix}{exposed.ToUpperInvariant()} }}");
        }

        var config = arguments.Config.ToImmutableDictionary(pair => pair.Key, pair => JsonNode.Parse(pair.Value.GetRawText()), StringComparer.Ordinal);
        foreach (var (name, variable) in arguments.Secrets)
        {
            if (!secret.Contains(name))
            {
                throw Bad($"{what}: '{name}' is not secret in the program; say secret: true in its config there, or give it as config");
            }

            config = config.SetItem(name, JsonValue.Create(
                !variable.StartsWith(Prefix, StringComparison.Ordinal) ? throw Bad($"{what}: '{variable}' for '{name}' does not begin with {Prefix}; only such variables are for runbooks")
                : Environment.GetEnvironmentVariable(variable) ?? throw Bad($"{what}: this worker has no environment variable {variable} for '{name}'")));
        }

        return new StackTask(project, new StackRequest(folder, arguments.Stack, config) { IdempotencyKey = idempotencyKey }, what);
    }

    private static ActivityFailedException Bad(string message) => new("bad-argument", message, retryable: false);
}

using System.Diagnostics;
using System.Text.Json.Nodes;
using Orchestrator.Infra.Provisioning.Programs;
using Orchestrator.Infra.Provisioning.Providers;

namespace Orchestrator.PulumiStandIn;

/// <summary>A cloud that is a folder: each resource is a file, so that what a killed process made is still there, and what was made twice is counted.</summary>
internal sealed class FolderCloud(Script script) : ResourceProvider
{
    public override async Task<ProviderResource> CreateAsync(string type, string name, JsonObject inputs, string clientToken, CancellationToken cancellationToken)
    {
        if (script.Fail.TryGetValue(name, out var refusal))
        {
            throw new ProviderException("Refused", refusal, retryable: false);
        }

        var id = $"{name}-{Guid.NewGuid():N}"[..(name.Length + 9)];
        Directory.CreateDirectory(script.Cloud);
        await File.WriteAllTextAsync(PathOf(id), new JsonObject { ["type"] = type, ["name"] = name, ["inputs"] = inputs.DeepClone() }.ToJsonString(), CancellationToken.None);
        if (script.DieCreating == name)
        {
            using var self = Process.GetCurrentProcess();
            self.Kill();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, CancellationToken.None);
        }

        if (script.HoldCreating == name)
        {
            await File.WriteAllTextAsync(script.Held!, id, CancellationToken.None);
            while (!File.Exists(script.Release))
            {
                // As a provider that is asked to stop: what is begun goes on.
                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, CancellationToken.None);
            }
        }

        return new ProviderResource(id, Ready: true, Outputs(id)!);
    }

    public override Task<ProviderResource?> ReadAsync(string type, string id, CancellationToken cancellationToken) =>
        Task.FromResult(Outputs(id) is { } outputs ? new ProviderResource(id, Ready: true, outputs) : null);

    public override async Task<ProviderResource> UpdateAsync(string type, string id, JsonObject before, JsonObject inputs, string clientToken, CancellationToken cancellationToken)
    {
        var stored = JsonNode.Parse(await File.ReadAllTextAsync(PathOf(id), CancellationToken.None))!.AsObject();
        stored["inputs"] = inputs.DeepClone();
        await File.WriteAllTextAsync(PathOf(id), stored.ToJsonString(), CancellationToken.None);
        return new ProviderResource(id, Ready: true, Outputs(id)!);
    }

    public override Task DeleteAsync(string type, string id, JsonObject inputs, string clientToken, CancellationToken cancellationToken)
    {
        File.Delete(PathOf(id));
        return Task.CompletedTask;
    }

    /// <summary>A value for every plain output that is no input.</summary>
    private JsonObject? Outputs(string id)
    {
        if (!File.Exists(PathOf(id)))
        {
            return null;
        }

        var stored = JsonNode.Parse(File.ReadAllText(PathOf(id)))!;
        var (name, inputs) = (stored["name"]!.GetValue<string>(), stored["inputs"]!.AsObject());
        var outputs = inputs.DeepClone().AsObject();
        foreach (var (output, shape) in ResourceSchema.Outputs(stored["type"]!.GetValue<string>()).Where(output => !inputs.ContainsKey(output.Key) && output.Value.IsScalar))
        {
            outputs[output] = shape == Shape.Number ? JsonValue.Create(1) : shape == Shape.Boolean ? JsonValue.Create(true) : JsonValue.Create($"{name}-{output}");
        }

        return outputs;
    }

    private string PathOf(string id) => Path.Combine(script.Cloud, id + ".json");
}

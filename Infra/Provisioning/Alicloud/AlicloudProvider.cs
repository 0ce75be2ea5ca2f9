using System.Collections.Frozen;
using System.Text.Json.Nodes;
using Orchestrator.Infra.Alibaba.Calling;
using Orchestrator.Infra.Alibaba.Signing;
using Orchestrator.Infra.Provisioning.Alicloud.Alb;
using Orchestrator.Infra.Provisioning.Alicloud.Clusters;
using Orchestrator.Infra.Provisioning.Alicloud.Databases;
using Orchestrator.Infra.Provisioning.Alicloud.Ecs;
using Orchestrator.Infra.Provisioning.Alicloud.Ess;
using Orchestrator.Infra.Provisioning.Alicloud.Mapping;
using Orchestrator.Infra.Provisioning.Alicloud.Vpc;
using Orchestrator.Infra.Provisioning.Providers;

namespace Orchestrator.Infra.Provisioning.Alicloud;

/// <summary>Resources of <c>alicloud:*</c> types through Alibaba Cloud's OpenAPI, each type by the actions that its class names.</summary>
internal sealed class AlicloudProvider(CloudApi api) : ResourceProvider
{
    public static FrozenDictionary<string, CloudType> Types { get; } = new CloudType[]
    {
        new NetworkType(), new SwitchType(), new SecurityGroupType(), new SecurityGroupRuleType(), new ScalingGroupType(), new ScalingConfigurationType(), new ServerGroupType(), new LoadBalancerType(),
        new ListenerType(), new DatabaseType(), new CacheType(), new ManagedKubernetesType(), new NodePoolType(), new BigDataClusterType(),
    }.ToFrozenDictionary(type => type.Token);

    public override async Task<ProviderResource> CreateAsync(string type, string name, JsonObject inputs, string clientToken, CancellationToken cancellationToken)
    {
        var cloud = TypeOf(type);
        Check(cloud, inputs);
        return await GuardedAsync(async () =>
        {
            string id;
            try
            {
                id = await cloud.CreateAsync(api, name, inputs, clientToken, cancellationToken);
            }
            catch (HalfMadeException half)
            {
                return new ProviderResource(half.Id, Ready: false, [], half.Message);
            }
            catch (ApiException e) when (e.EffectUnknown)
            {
                id = await cloud.FindAsync(api, name, inputs, clientToken, cancellationToken) ?? throw new ProviderException(e.Code, e.Message, retryable: true, e);
            }

            return await FindAsync(cloud, id, cancellationToken) ?? new ProviderResource(id, Ready: false, []);
        });
    }

    public override Task<ProviderResource?> AdoptAsync(string type, string name, JsonObject inputs, string clientToken, CancellationToken cancellationToken)
    {
        var cloud = TypeOf(type);
        Check(cloud, inputs);
        return GuardedAsync(async () => await cloud.FindAsync(api, name, inputs, clientToken, cancellationToken) is { } id ? await FindAsync(cloud, id, cancellationToken) : null);
    }

    public override async Task CompleteAsync(string type, string id, JsonObject inputs, CancellationToken cancellationToken) =>
        await GuardedAsync(async () =>
        {
            await TypeOf(type).CompleteAsync(api, id, inputs, cancellationToken);
            return true;
        });

    public override bool IsChangeable(string type, string input) => TypeOf(type).Changeable.Contains(input);

    public override Task<ProviderResource?> ReadAsync(string type, string id, CancellationToken cancellationToken) => GuardedAsync(() => FindAsync(TypeOf(type), id, cancellationToken));

    public override Task<ProviderResource> UpdateAsync(string type, string id, JsonObject before, JsonObject inputs, string clientToken, CancellationToken cancellationToken)
    {
        var cloud = TypeOf(type);
        Check(cloud, inputs);
        if (before.Select(input => input.Key).Union(inputs.Select(input => input.Key)).FirstOrDefault(name => !cloud.Changeable.Contains(name) && !JsonNode.DeepEquals(before[name], inputs[name])) is { } fixedInput)
        {
            throw new ProviderException("input", $"the embedded engine does not change '{fixedInput}' of {type} in place; add it to the resource's replaceOnChanges, or leave it as it is", retryable: false);
        }

        return GuardedAsync(async () =>
        {
            await cloud.UpdateAsync(api, id, before, inputs, clientToken, cancellationToken);
            return await FindAsync(cloud, id, cancellationToken) ?? throw new ProviderException("NotFound", $"{type} {id} is gone; refresh the stack", retryable: false);
        });
    }

    public override async Task DeleteAsync(string type, string id, JsonObject inputs, string clientToken, CancellationToken cancellationToken)
    {
        var cloud = TypeOf(type);
        await GuardedAsync(async () =>
        {
            try
            {
                await cloud.DeleteAsync(api, id, inputs, clientToken, cancellationToken);
            }
            catch (ApiException e) when (e.Kind == ApiErrorKind.NotFound)
            {
                // Gone already, by an earlier attempt or somebody else.
            }

            return true;
        });
    }

    private static CloudType TypeOf(string type) =>
        Types.GetValueOrDefault(type) ?? throw new ProviderException("type", $"the embedded engine has no way with {type}", retryable: false);

    private static void Check(CloudType type, JsonObject inputs)
    {
        if (inputs.FirstOrDefault(input => !type.Inputs.Contains(input.Key)).Key is { } unknown)
        {
            throw new ProviderException(
                "input", $"the embedded engine does not pass '{unknown}' of {type.Token} on; it knows {string.Join(", ", type.Inputs.Order(StringComparer.Ordinal))}. Build this stack with the pulumi CLI", retryable: false);
        }
    }

    private async Task<ProviderResource?> FindAsync(CloudType type, string id, CancellationToken cancellationToken)
    {
        try
        {
            return await type.ReadAsync(api, id, cancellationToken);
        }
        catch (ApiException e) when (e.Kind == ApiErrorKind.NotFound)
        {
            return null;
        }
    }

    /// <summary>Calls the cloud. What it refuses, and credentials that cannot be had, come as a <see cref="ProviderException"/> that says whether trying again may help.</summary>
    public static async Task<T> GuardedAsync<T>(Func<Task<T>> call)
    {
        try
        {
            return await call();
        }
        catch (ApiException e)
        {
            throw new ProviderException(e.Code, e.Message, e.Retryable || e.EffectUnknown || e.Kind == ApiErrorKind.InUse, e)
            {
                Busy = e.Kind is ApiErrorKind.Busy or ApiErrorKind.InUse or ApiErrorKind.Throttled,
                Unauthorized = e.Kind is ApiErrorKind.Credentials or ApiErrorKind.ClockSkew or ApiErrorKind.Forbidden,
            };
        }
        catch (CredentialException e)
        {
            throw new ProviderException("credentials", e.Message, retryable: false, e) { Unauthorized = true };
        }
        catch (InputException e)
        {
            throw new ProviderException("input", e.Message, retryable: false, e);
        }
    }
}

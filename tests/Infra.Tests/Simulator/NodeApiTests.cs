using System.Net;
using k8s;
using k8s.Autorest;
using k8s.Models;

namespace Orchestrator.Infra.Tests.Simulator;

public sealed class NodeApiTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Pages_give_every_node_once_as_the_official_client_reads_them()
    {
        await using var cloud = await Clouds.StartAsync(Clouds.AFleet(nodes: 23));
        using var client = Clouds.ClientOf(cloud);

        var names = new List<string>();
        string? next = null;
        var pages = 0;
        do
        {
            var page = await client.CoreV1.ListNodeAsync(limit: 10, continueParameter: next, cancellationToken: Cancellation);
            names.AddRange(page.Items.Select(node => node.Metadata.Name));
            next = page.Metadata.ContinueProperty;
            pages++;
        }
        while (!string.IsNullOrEmpty(next));

        Assert.Equal(3, pages);
        Assert.Equal(Enumerable.Range(0, 23).Select(Clouds.Node), names);
    }

    [Fact]
    public async Task A_patch_with_an_old_resource_version_is_a_conflict_and_changes_nothing()
    {
        await using var cloud = await Clouds.StartAsync();
        using var client = Clouds.ClientOf(cloud);
        var node = await client.CoreV1.ReadNodeAsync(Clouds.Node(0), cancellationToken: Cancellation);
        V1Patch Patch(string state) => new(
            $$"""{"metadata":{"resourceVersion":"{{node.Metadata.ResourceVersion}}","labels":{"orchestrator.io/colocation-state":"{{state}}" } } }""",
            V1Patch.PatchType.MergePatch);

        var moved = await client.CoreV1.PatchNodeAsync(Patch("transitional"), Clouds.Node(0), cancellationToken: Cancellation);
        var refused = await Assert.ThrowsAsync<HttpOperationException>(() => client.CoreV1.PatchNodeAsync(Patch("stress-test"), Clouds.Node(0), cancellationToken: Cancellation));

        Assert.Equal("transitional", moved.Metadata.Labels["orchestrator.io/colocation-state"]);
        Assert.Equal(HttpStatusCode.Conflict, refused.Response.StatusCode);
        Assert.Contains("\"reason\":\"Conflict\"", refused.Response.Content, StringComparison.Ordinal);
    }
}

using Microsoft.AspNetCore.Http;
using Orchestrator.Server.Api;

namespace Orchestrator.Server.Tests;

public sealed class ComputeGateTests
{
    [Fact]
    public async Task Beyond_so_many_at_once_the_next_is_told_to_come_again_and_who_leaves_makes_room()
    {
        var gate = new ComputeGate();
        var held = new TaskCompletionSource<object?>(TaskCreationOptions.RunContinuationsAsynchronously);
        var context = new DefaultEndpointFilterInvocationContext(new DefaultHttpContext());
        var inside = Enumerable.Range(0, ComputeGate.Most).Select(_ => gate.InvokeAsync(context, _ => new(held.Task)).AsTask()).ToList();

        var refused = await Assert.ThrowsAsync<ProblemException>(async () => await gate.InvokeAsync(context, _ => new((object?)null)));
        var again = await Assert.ThrowsAsync<ProblemException>(async () => await gate.InvokeAsync(context, _ => new((object?)null)));
        held.SetResult("done");
        await Task.WhenAll(inside);

        Assert.Equal((429, "too-many-at-once"), (refused.Status, refused.Code));
        Assert.Equal(429, again.Status);
        Assert.Equal("next", await gate.InvokeAsync(context, _ => new((object?)"next")));
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await gate.InvokeAsync(context, _ => throw new InvalidOperationException()));
        Assert.Equal("next", await gate.InvokeAsync(context, _ => new((object?)"next")));
    }
}

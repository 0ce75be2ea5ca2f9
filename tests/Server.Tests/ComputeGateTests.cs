using System.Net;
using System.Net.Http.Json;
using System.Reflection;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Orchestrator.Server.Api;
using Orchestrator.Server.Configuration;
using Orchestrator.Server.Emergency;
using Orchestrator.Server.Files;
using Orchestrator.Server.Hosting;
using Orchestrator.Server.Identity;
using Orchestrator.Server.Runbooks;

namespace Orchestrator.Server.Tests;

public sealed class ComputeGateTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    /// <summary>Everything that reads or evaluates runbooks or computes a calendar or a comparison, and the gate that it goes through.</summary>
    private static readonly Dictionary<string, string> computing = new()
    {
        ["GET /api/approvals/{run:guid}"] = "computes",
        ["GET /api/emergency"] = "never refused",
        ["GET /api/emergency/plan/{id}"] = "never refused",
        ["GET /api/roles"] = "computes",
        ["GET /api/runbooks"] = "computes",
        ["GET /api/runbooks/{name}"] = "computes",
        ["GET /api/runbooks/{name}/diff"] = "computes",
        ["GET /api/schedules.ics"] = "computes",
        ["GET /api/runs/{id:guid}/inputs"] = "computes",
        ["GET /api/schedules/calendar"] = "computes",
        ["GET /api/schedules/due"] = "computes",
        ["POST /api/emergency/plan"] = "never refused",
        ["POST /api/emergency/plan/{id}/approve"] = "never refused",
        ["POST /api/emergency/scale-down"] = "never refused",
        ["POST /api/inspections"] = "starts",
        ["POST /api/runbooks/plan"] = "computes",
        ["POST /api/runbooks/scope"] = "computes",
        ["POST /api/runbooks/validate"] = "computes",
        ["POST /api/runbooks/{name}/diff"] = "computes",
        ["POST /api/runbooks/{name}/plan"] = "computes",
        ["POST /api/runbooks/{name}/versions"] = "computes",
        ["POST /api/runs"] = "starts",
    };

    /// <summary>They look into the folder for a text as it is, and read nothing of it.</summary>
    private static readonly string[] textsOnly = ["GET /api/runbooks/{name}/versions", "GET /api/runbooks/{name}/versions/{digest}"];

    [Fact]
    public async Task Every_address_that_computes_is_in_the_list_with_its_gate()
    {
        using var folder = new Folder();
        await using (var own = Binary.Start(folder.Path, new Dictionary<string, string> { ["ORCHESTRATOR_Simulation__Delays"] = "0" }, "serve", "--data", "data", "--port", "0", "--ask"))
        {
            await own.WhenReadyAsync();
            await own.InterruptAsync();
            await own.WhenEndedAsync();
        }

        await using var host = await OrchestratorHost.StartReadingAsync(Settings.Load(), new DataFolder(Path.Combine(folder.Path, "data")), TestContext.Current.CancellationToken);
        var endpoints = host.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .ToDictionary(endpoint => AccessGuard.Address(endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods[0] ?? "GET", endpoint));

        var marked = endpoints.Where(pair => pair.Value.Metadata.GetMetadata<ComputeBound>() is not null)
            .ToDictionary(pair => pair.Key, pair => pair.Value.Metadata.GetMetadata<ComputeBound>()!.Gate is not { } gate ? "never refused" : gate == Starts() ? "starts" : "computes");
        var reading = endpoints.Where(pair => pair.Value.Metadata.GetMetadata<MethodInfo>() is { } handler
            && handler.GetParameters().Any(parameter => parameter.ParameterType == typeof(RunbookCatalog) || parameter.ParameterType == typeof(EmergencyTrigger))).Select(pair => pair.Key);

        Assert.Equal(computing.OrderBy(pair => pair.Key, StringComparer.Ordinal), marked.OrderBy(pair => pair.Key, StringComparer.Ordinal));
        Assert.Empty(reading.Except(marked.Keys).Except(textsOnly));

        ComputeGate Starts() => endpoints["POST /api/runs"].Metadata.GetMetadata<ComputeBound>()!.Gate!;
    }

    [Fact]
    public async Task A_caller_that_leaves_ends_the_evaluation_of_what_it_asked_for()
    {
        var before = await MetricAsync("orchestrator_compute_abandoned_total");
        using var leaving = new CancellationTokenSource();

        var asking = AskForEverAsync(leaving.Token);
        await ServerFixture.UntilAsync(async () => await MetricAsync("orchestrator_compute_requests") >= 1);
        await leaving.CancelAsync();
        await asking;

        await ServerFixture.UntilAsync(async () => await MetricAsync("orchestrator_compute_abandoned_total") > before);
        await ServerFixture.UntilAsync(async () => await MetricAsync("orchestrator_compute_requests") == 0);
    }

    [Fact]
    public async Task Beyond_so_many_at_once_callers_are_told_to_come_again_and_runs_can_still_be_started()
    {
        using var leaving = new CancellationTokenSource();
        var asking = Enumerable.Range(0, ComputeGate.Most + 4).Select(_ => AskForEverAsync(leaving.Token)).ToList();

        await ServerFixture.UntilAsync(async () =>
        {
            using var refused = await server.Client.GetAsync("/api/runbooks");
            if (refused.StatusCode != HttpStatusCode.TooManyRequests) return false;

            Assert.NotNull(refused.Headers.RetryAfter);
            Assert.Contains("ask again", (await refused.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("detail").GetString(), StringComparison.Ordinal);
            return true;
        });
        var run = await server.StartAsync("runbook: short\nsteps:\n  - { id: w, wait: { for: 1s } }\n");
        await leaving.CancelAsync();
        await Task.WhenAll(asking);

        Assert.NotEmpty(run);
        await ServerFixture.UntilAsync(async () => (await server.Client.GetAsync("/api/runbooks")).IsSuccessStatusCode);
    }

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

    /// <summary>Asks for what costs a whole budget, again and again until it leaves.</summary>
    private async Task AskForEverAsync(CancellationToken leaving)
    {
        using var client = server.As("carol:operator");
        try
        {
            while (!leaving.IsCancellationRequested) using (await client.PostAsJsonAsync("/api/runbooks/validate", new { source = Costly() }, leaving)) { }
        }
        catch (OperationCanceledException)
        {
            // It has left.
        }
    }

    /// <summary>Each condition is as dear as one expression may be.</summary>
    private static string Costly()
    {
        const string Step = "  - { id: sN, when: \"${ [0].map(() => { let s = N; for (let k = 0; k < 20000; k++) { s += k } return s })[0] > 0 }\", run: notify, with: { message: hi } }\n";
        var text = new StringBuilder("runbook: costly\nsteps:\n");
        for (var i = 0; i < 2000; i++) text.Append(Step.Replace("N", i.ToString(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal));
        return text.ToString();
    }

    private async Task<double> MetricAsync(string name)
    {
        var page = await server.Client.GetStringAsync("/metrics");
        return page.Split('\n').Where(line => line.StartsWith($"{name}{{", StringComparison.Ordinal) || line.StartsWith($"{name} ", StringComparison.Ordinal))
            .Select(line => double.Parse(line[(line.LastIndexOf(' ') + 1)..], System.Globalization.CultureInfo.InvariantCulture)).FirstOrDefault();
    }
}

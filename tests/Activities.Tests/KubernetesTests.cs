using System.Text.Json.Nodes;
using Orchestrator.Activities.Kubernetes;
using Orchestrator.Fleet.Facts;
using Orchestrator.Infra.Clusters;
using Microsoft.Extensions.DependencyInjection;
using Orchestrator.Workflows.Model.Activities;

namespace Orchestrator.Activities.Tests;

/// <summary>Manifests and jobs on a simulated cluster.</summary>
public sealed class KubernetesTests
{
    private const string Both = """
        # Two objects.
        apiVersion: v1
        kind: ConfigMap
        metadata: { name: settings, namespace: default }
        data: { mode: fast, extra: "1" }
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web, namespace: default }
        spec:
          replicas: 2
          selector: { matchLabels: { app: web } }
          template:
            metadata: { labels: { app: web } }
            spec: { containers: [ { name: app, image: "web:1" } ] }
        """;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Applies_every_object_and_waits_until_its_condition_holds()
    {
        await using var cloud = await OpenAsync();

        var first = await ApplyAsync(cloud, new() { Cluster = "lend", Manifest = Both, WaitFor = new() { Of = "Deployment", Condition = "Available", Deadline = TimeSpan.FromHours(1) } });
        var again = await ApplyAsync(cloud, new() { Cluster = "lend", Manifest = Both, WaitFor = new() { Of = "deployment/web", JsonPath = "{.status.readyReplicas}", Value = "2" } }, attempt: 2);

        Assert.Equal([ObjectChange.Created, ObjectChange.Created], first.Objects.Select(one => one.Change));
        Assert.Equal([ObjectChange.Unchanged, ObjectChange.Unchanged], again.Objects.Select(one => one.Change));
        Assert.NotNull(first.WaitedFor);
        Assert.Equal("2", (await FindAsync(cloud, Deployment))!["status"]!["readyReplicas"]!.ToString());
    }

    [Fact]
    public async Task An_undo_deletes_what_the_step_made_and_restores_what_it_changed()
    {
        await using var cloud = await OpenAsync();
        await ByOthersAsync(cloud, """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"settings","namespace":"default"},"data":{"mode":"slow","theirs":"kept"}}""");

        await ApplyAsync(cloud, new() { Cluster = "lend", Manifest = Both, Force = true });
        var applied = await FindAsync(cloud, Settings);
        var undone = await UndoAsync(cloud);
        var restored = await FindAsync(cloud, Settings);

        Assert.Equal("""{"mode":"fast","theirs":"kept","extra":"1"}""", applied!["data"]!.ToJsonString());
        Assert.Equal([ObjectChange.Deleted, ObjectChange.Restored], undone.Objects.Select(one => one.Change));
        Assert.Empty(undone.Left);
        Assert.Equal("""{"mode":"slow","theirs":"kept"}""", restored!["data"]!.ToJsonString());
        Assert.Null(restored["metadata"]!["annotations"]?["orchestrator.io/idempotency-key"]);
        Assert.Null(await FindAsync(cloud, Deployment));
    }

    [Fact]
    public async Task An_undo_leaves_what_others_have_changed_since_and_names_it()
    {
        await using var cloud = await OpenAsync();
        await ByOthersAsync(cloud, """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"settings","namespace":"default"},"data":{"mode":"slow"}}""");
        await ApplyAsync(cloud, new() { Cluster = "lend", Manifest = Both, Force = true });
        await ByOthersAsync(cloud, """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"settings","namespace":"default"},"data":{"mode":"theirs"}}""");

        var undone = await UndoAsync(cloud);

        var left = Assert.Single(undone.Left);
        Assert.Equal("ConfigMap default/settings", left.Name);
        Assert.Contains(".data.mode (gitops)", left.Reason, StringComparison.Ordinal);
        Assert.Equal("theirs", (await FindAsync(cloud, Settings))!["data"]!["mode"]!.ToString());
        Assert.Null(await FindAsync(cloud, Deployment));
    }

    [Fact]
    public async Task An_attempt_that_died_between_the_fact_and_the_apply_is_undone_to_nothing()
    {
        await using var cloud = await OpenAsync();
        await ByOthersAsync(cloud, """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"settings","namespace":"default"},"data":{"mode":"slow"}}""");
        var dying = new FakeTask(cloud.Journal, cloud.Clock, "apply") { KilledAt = 1, KilledAfter = true };
        await Assert.ThrowsAsync<OperationCanceledException>(() => cloud.RunAsync<KubernetesApply, KubernetesApplyArguments, KubernetesApplyResult>(new() { Cluster = "lend", Manifest = Both, Force = true }, dying));

        var undone = await UndoAsync(cloud);

        Assert.Empty(undone.Left);
        Assert.Equal("slow", (await FindAsync(cloud, Settings))!["data"]!["mode"]!.ToString());
    }

    [Fact]
    public async Task A_conflict_names_each_field_and_its_manager()
    {
        await using var cloud = await OpenAsync();
        await ByOthersAsync(cloud, """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"settings","namespace":"default"},"data":{"mode":"slow"}}""");

        var refused = await RefusedAsync(cloud, new() { Cluster = "lend", Manifest = Both });

        Assert.Equal(("field-conflict", false), (refused.Error.Code, refused.Error.Retryable));
        Assert.Contains(".data.mode (owned by gitops)", refused.Message, StringComparison.Ordinal);
        Assert.Contains("line 2", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_secret_never_gets_into_the_journal()
    {
        await using var cloud = await OpenAsync();
        await ByOthersAsync(cloud, """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"settings","namespace":"default"},"data":{"password":"hunter2"}}""");

        var refused = await RefusedAsync(cloud, new() { Cluster = "lend", Manifest = """{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s"},"stringData":{"key":"hunter2"}}""" });
        await ApplyAsync(cloud, new() { Cluster = "lend", Force = true, Manifest = """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"settings","namespace":"default"},"data":{"password":"see-vault"}}""" });
        var undone = await UndoAsync(cloud);

        Assert.Equal("bad-argument", refused.Error.Code);
        Assert.DoesNotContain("hunter2", string.Concat(cloud.Journal.Facts.OfType<ObjectFound>().Select(fact => fact.ToString())), StringComparison.Ordinal);
        Assert.Contains("secret", Assert.Single(undone.Left).Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("kind: ConfigMap\nmetadata: { name: a }", "bad-argument", "line 1: apiVersion is missing")]
    [InlineData("apiVersion: v1\nkind: ConfigMap\nmetadata: {}", "bad-argument", "metadata.name is missing")]
    [InlineData("a: [", "bad-argument", "this is no YAML")]
    [InlineData("apiVersion: example.com/v1\nkind: Thing\nmetadata: { name: a }", "unknown-kind", "does not serve example.com/v1")]
    [InlineData("apiVersion: v1\nkind: Thing\nmetadata: { name: a }", "unknown-kind", "has no kind Thing in v1")]
    [InlineData("apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\ndate: {}", "refused", "unknown field \"date\"")]
    [InlineData("apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a, namespace: nowhere }", "refused", "namespaces \"nowhere\" not found")]
    public async Task A_wrong_manifest_is_refused_with_its_place(string manifest, string code, string reason)
    {
        await using var cloud = await OpenAsync();

        var refused = await RefusedAsync(cloud, new() { Cluster = "lend", Manifest = manifest });

        Assert.Equal(code, refused.Error.Code);
        Assert.Contains(reason, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wait_that_is_not_met_says_what_was_seen()
    {
        await using var cloud = await OpenAsync();
        var manifest = Both.Replace("containers:", "nodeSelector: { disk: none }, containers:", StringComparison.Ordinal);

        var late = await RefusedAsync(cloud, new() { Cluster = "lend", Manifest = manifest, WaitFor = new() { Of = "Deployment", Condition = "Available", Deadline = TimeSpan.FromMinutes(1) } });

        Assert.Equal("not-met", late.Error.Code);
        Assert.Contains("Available=False", late.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_job_gives_its_log_and_exit_code()
    {
        await using var cloud = await OpenAsync();

        var result = await JobAsync(cloud, "echo one; sleep 20; echo http://u:p@host/");
        var again = await JobAsync(cloud, "echo one; sleep 20; echo http://u:p@host/", attempt: 2);

        Assert.Equal((1, 0, 0), (result.Succeeded, result.Failed, result.ExitCode));
        Assert.Equal(["one", "http://***@host/"], result.Log);
        Assert.True(result.Lasted >= 20, $"{result.Lasted}");
        Assert.Equal(result.Job, again.Job);
        Assert.Single(await JobsAsync(cloud));
    }

    [Fact]
    public async Task A_failed_job_tells_why_and_the_next_attempt_runs_it_anew()
    {
        await using var cloud = await OpenAsync();

        var failed = await Assert.ThrowsAsync<ActivityFailedException>(() => JobAsync(cloud, "echo no disk; exit 3"));
        var before = Assert.Single(await JobsAsync(cloud))["metadata"]!["uid"]!.ToString();
        await Assert.ThrowsAsync<ActivityFailedException>(() => JobAsync(cloud, "echo no disk; exit 3", attempt: 2));

        Assert.Equal("job-failed", failed.Error.Code);
        Assert.Contains("BackoffLimitExceeded", failed.Message, StringComparison.Ordinal);
        Assert.Contains("exit code 3", failed.Message, StringComparison.Ordinal);
        Assert.Contains("no disk", failed.Message, StringComparison.Ordinal);
        Assert.NotEqual(before, Assert.Single(await JobsAsync(cloud))["metadata"]!["uid"]!.ToString());
    }

    [Fact]
    public async Task A_job_that_is_overdue_or_cancelled_is_deleted_with_its_pods()
    {
        await using var cloud = await OpenAsync();
        using var cancelling = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var task = new FakeTask(cloud.Journal, cloud.Clock, "cancelled") { OnProgress = _ => cancelling.Cancel() };

        var overdue = await Assert.ThrowsAsync<ActivityFailedException>(() => JobAsync(cloud, "sleep 100000", deadline: TimeSpan.FromMinutes(2)));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ActivatorUtilities.CreateInstance<KubernetesJob>(cloud.Services).ExecuteAsync(Job("sleep 100000", TimeSpan.FromHours(100)), task, cancelling.Token));

        Assert.Equal("job-overdue", overdue.Error.Code);
        Assert.Empty(await JobsAsync(cloud));
        Assert.Empty(await Objects(cloud).ListAsync(new ObjectName("v1", "Pod", "default", ""), "", Stop));
    }

    private static readonly ObjectName Settings = new("v1", "ConfigMap", "default", "settings");

    private static readonly ObjectName Deployment = new("apps/v1", "Deployment", "default", "web");

    private static Task<TestCloud> OpenAsync() => TestCloud.OpenAsync(delays: 0.2, speed: 60);

    private static ClusterObjects Objects(TestCloud cloud) => cloud.Services.GetRequiredService<FleetInventory>().Find("lend")!.Objects;

    private static Task<JsonObject?> FindAsync(TestCloud cloud, ObjectName name) => Objects(cloud).FindAsync(name, Stop);

    private static Task<IReadOnlyList<JsonObject>> JobsAsync(TestCloud cloud) => Objects(cloud).ListAsync(new ObjectName("batch/v1", "Job", "default", ""), "", Stop);

    private static Task<KubernetesApplyResult> ApplyAsync(TestCloud cloud, KubernetesApplyArguments arguments, int attempt = 1) =>
        cloud.RunAsync<KubernetesApply, KubernetesApplyArguments, KubernetesApplyResult>(arguments, cloud.ATask("apply", attempt));

    private static Task<KubernetesApplyResult> UndoAsync(TestCloud cloud) =>
        cloud.RunAsync<KubernetesApply, KubernetesApplyArguments, KubernetesApplyResult>(
            new() { Cluster = "lend", Restore = true }, new FakeTask(cloud.Journal, cloud.Clock, "apply") { TakesBack = true });

    private static Task<ActivityFailedException> RefusedAsync(TestCloud cloud, KubernetesApplyArguments arguments) =>
        Assert.ThrowsAsync<ActivityFailedException>(() => ApplyAsync(cloud, arguments));

    private static Task<KubernetesJobResult> JobAsync(TestCloud cloud, string script, int attempt = 1, TimeSpan? deadline = null) =>
        cloud.RunAsync<KubernetesJob, KubernetesJobArguments, KubernetesJobResult>(Job(script, deadline ?? TimeSpan.FromHours(10)), cloud.ATask("job", attempt));

    private static KubernetesJobArguments Job(string script, TimeSpan deadline) => new()
    {
        Cluster = "lend",
        Deadline = deadline,
        KeepFor = TimeSpan.FromDays(1),
        Manifest = $$"""
            apiVersion: batch/v1
            kind: Job
            metadata: { name: work, namespace: default }
            spec:
              backoffLimit: 0
              template: { spec: { restartPolicy: Never, containers: [ { name: main, image: tool, command: [sh, -c, "{{script}}"] } ] } }
            """,
    };

    /// <summary>Somebody else's server-side apply.</summary>
    private static async Task ByOthersAsync(TestCloud cloud, string manifest)
    {
        using var http = new HttpClient { BaseAddress = cloud.Cloud.ClusterAddress("lend") };
        using var content = new StringContent(manifest, null, "application/apply-patch+yaml");
        using var answer = await http.PatchAsync("api/v1/namespaces/default/configmaps/settings?fieldManager=gitops&force=true", content, Stop);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Stop));
    }
}

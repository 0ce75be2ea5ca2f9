using System.Net;
using k8s;
using k8s.Models;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Orchestrator.Fleet.Clock;
using Orchestrator.Infra.Clusters;
using Orchestrator.Infra.Settings;

namespace Orchestrator.Infra.Tests.Clusters;

/// <summary>How a cluster is reached, and how its refusals are told, against an API server that answers as a test wants.</summary>
public sealed class ClusterAccessTests : IAsyncLifetime
{
    private readonly WebApplication _server;
    private readonly string _folder = Directory.CreateTempSubdirectory("orchestrator-access-").FullName;
    private Func<HttpContext, Task> _answer = context => context.Response.WriteAsync("{}");

    public ClusterAccessTests()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _server = builder.Build();
        _server.Run(context => _answer(context));
    }

    public async ValueTask InitializeAsync() => await _server.StartAsync(TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData(403, "admission webhook \\\"policy.example.com\\\" denied the request: no labels on Fridays", "webhook \"policy.example.com\"", "no labels on Fridays")]
    [InlineData(400, "admission webhook \\\"policy.example.com\\\" denied the request without explanation", "webhook \"policy.example.com\"", "no reason given")]
    [InlineData(422, "nodes \\\"n\\\" is forbidden: ValidatingAdmissionPolicy 'labels' with binding 'all' denied request: too late", "admission policy \"labels\"", "too late")]
    public async Task A_denial_is_told_as_one_with_who_and_why(int status, string message, string by, string reason)
    {
        _answer = Status(status, "Forbidden", message);

        var denied = await Assert.ThrowsAsync<ClusterDeniedException>(PatchAsync);

        Assert.Equal((by, reason), (denied.By, denied.Reason));
    }

    [Theory]
    [InlineData(401, "Unauthorized", "Unauthorized", "have expired or are not known: renew those of Infra:Clusters:a")]
    [InlineData(403, "Forbidden", "nodes \\\"n\\\" is forbidden: User \\\"o\\\" cannot patch resource \\\"nodes\\\"", "cannot patch resource \"nodes\". Allow it by a Role")]
    [InlineData(500, "InternalError", "Internal error occurred: failed calling webhook \\\"slow.example.com\\\": context deadline exceeded", "admission webhook \"slow.example.com\" gives no answer")]
    public async Task What_stands_between_is_told_with_a_mend(int status, string reason, string message, string says)
    {
        _answer = Status(status, reason, message);

        var away = await Assert.ThrowsAsync<ClusterUnreachableException>(PatchAsync);

        Assert.Contains(says, away.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Where_a_cluster_is_can_be_told_without_running_its_plugin()
    {
        var trace = Path.Combine(_folder, "ran");
        var file = Kubeconfig($"exec: {{ apiVersion: client.authentication.k8s.io/v1, command: touch, args: [ {trace} ], interactiveMode: Never }}");

        var address = ClusterAccess.AddressOf("a", new ClusterEndpoint { Kubeconfig = file }, null);

        Assert.Equal(new Uri(_server.Urls.First()), address);
        Assert.False(File.Exists(trace));
        Assert.Null(ClusterAccess.AddressOf("a", new ClusterEndpoint { Kubeconfig = file, Context = "other" }, null));
        Assert.Equal(new Uri("http://127.0.0.1:9/clusters/a/"), ClusterAccess.AddressOf("a", null, new Uri("http://127.0.0.1:9/")));
    }

    [Fact]
    public void A_kubeconfig_without_the_context_names_those_it_has()
    {
        var file = Kubeconfig("token: t");

        Assert.Equal($"kubeconfig '{file}' has no context 'other'; it has 'main'", ClusterAccess.Diagnose(file, "other"));
        Assert.Null(ClusterAccess.Diagnose(file, "main"));
        Assert.Contains("there is no kubeconfig", ClusterAccess.Diagnose(file + "x", null), StringComparison.Ordinal);
        Assert.Contains("no current context", ClusterAccess.Diagnose(Kubeconfig("token: t", current: "\"\""), null), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_plugin_of_a_context_gives_the_token()
    {
        var plugin = Program("""echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"fresh"}}'""");
        string? said = null;
        _answer = context =>
        {
            said = context.Request.Headers.Authorization;
            return context.Response.WriteAsync("""{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"c"}}""");
        };

        using var connection = Connect(new ClusterEndpoint { Kubeconfig = Kubeconfig(Exec(plugin)), Context = "main" });
        await connection.CallAsync(client => client.CoreV1.ReadNamespacedConfigMapAsync("c", "default", cancellationToken: TestContext.Current.CancellationToken));

        Assert.Equal("Bearer fresh", said);
    }

    [Fact]
    public void A_plugin_that_fails_is_named_and_another_try_asks_it_again()
    {
        var plugin = Program("exit 1");
        var endpoint = new ClusterEndpoint { Kubeconfig = Kubeconfig(Exec(plugin)) };

        var failed = Assert.Throws<ClusterUnreachableException>(() => Connect(endpoint));
        Assert.Contains($"the credential plugin '{plugin}'", failed.Message, StringComparison.Ordinal);
        File.WriteAllText(plugin, """
            #!/bin/sh
            echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"fresh"}}'
            """);
        Connect(endpoint).Dispose();
    }

    [Fact]
    public void In_cluster_outside_of_a_pod_says_what_is_missing()
    {
        Assert.SkipWhen(KubernetesClientConfiguration.IsInCluster(), "this test runs in a pod");

        var away = Assert.Throws<ClusterUnreachableException>(() => Connect(new ClusterEndpoint { InCluster = true }));

        Assert.Contains("does not run in a pod", away.Message, StringComparison.Ordinal);
    }

    private static Func<HttpContext, Task> Status(int status, string reason, string message) => context =>
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync($$"""{"kind":"Status","apiVersion":"v1","status":"Failure","message":"{{message}}","reason":"{{reason}}","code":{{status}}}""");
    };

    private async Task PatchAsync()
    {
        using var connection = Connect(new ClusterEndpoint { Server = new Uri(_server.Urls.First()) });
        await connection.CallAsync(client => client.CoreV1.PatchNodeAsync(new V1Patch("{}", V1Patch.PatchType.MergePatch), "n", cancellationToken: TestContext.Current.CancellationToken));
    }

    private static ClusterConnection Connect(ClusterEndpoint endpoint) => new("a", ClusterAccess.Of("a", endpoint, null), EnvironmentClock.StartingNow(1000), TimeProvider.System);

    private string Kubeconfig(string user, string current = "main")
    {
        var file = Path.Combine(_folder, $"config-{Directory.GetFiles(_folder).Length}");
        File.WriteAllText(file, $$"""
            apiVersion: v1
            kind: Config
            current-context: {{current}}
            clusters: [ { name: one, cluster: { server: "{{_server.Urls.First()}}" } } ]
            users: [ { name: me, user: { {{user}} } } ]
            contexts: [ { name: main, context: { cluster: one, user: me } } ]
            """);
        return file;
    }

    private static string Exec(string plugin) => $$"""exec: { apiVersion: client.authentication.k8s.io/v1, command: "{{plugin}}", interactiveMode: Never }""";

    private string Program(string script)
    {
        var file = Path.Combine(_folder, $"plugin-{Directory.GetFiles(_folder).Length}");
        File.WriteAllText(file, "#!/bin/sh\n" + script + "\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        return file;
    }
}

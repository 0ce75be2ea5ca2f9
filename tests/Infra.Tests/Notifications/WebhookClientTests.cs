using System.Net;
using System.Text.Json.Nodes;
using k8s;
using Microsoft.AspNetCore.Http;
using Orchestrator.Infra.Clusters;
using Orchestrator.Infra.Http;
using Orchestrator.Fleet.Clock;
using Orchestrator.Infra.Metrics;
using Orchestrator.Infra.Notifications;
using Orchestrator.Infra.Settings;

namespace Orchestrator.Infra.Tests.Notifications;

public sealed class WebhookClientTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static JsonObject Message => new() { ["text"] = "go" };

    [Theory]
    [InlineData(307)]
    [InlineData(308)]
    public async Task A_redirection_that_keeps_the_message_is_followed_with_it(int status)
    {
        await using var end = await Receiver.StartAsync(Answer(202));
        await using var begin = await Receiver.RedirectingAsync(status, new Uri(end.Address, "new").ToString());

        Assert.Equal(202, await PostAsync(begin.Address));

        Assert.Equal(new Received("POST", "/new", """{"text":"go"}""", "run/notify"), Assert.Single(end.Requests));
        Assert.Single(begin.Requests);
    }

    [Theory]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(303)]
    public async Task One_that_would_lose_it_fails_with_the_new_address(int status)
    {
        await using var end = await Receiver.StartAsync(Answer(200));
        await using var begin = await Receiver.RedirectingAsync(status, new Uri(end.Address, "new?token=SECRET").ToString());

        var refused = await Assert.ThrowsAsync<WebhookRefusedException>(() => PostAsync(begin.Address));

        Assert.Contains($"answered {status}", refused.Message, StringComparison.Ordinal);
        Assert.Contains($"{end.Address}new", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("SECRET", refused.Message, StringComparison.Ordinal);
        Assert.Empty(end.Requests);
        Assert.Single(begin.Requests);
    }

    [Theory]
    [InlineData("file:///etc/passwd", "file:")]
    [InlineData("gopher://127.0.0.1:70/x", "gopher:")]
    [InlineData("", "without an address")]
    public async Task One_to_somewhere_else_than_a_webhook_is_refused(string location, string reason)
    {
        await using var begin = await Receiver.RedirectingAsync(307, location);

        var refused = await Assert.ThrowsAsync<WebhookRefusedException>(() => PostAsync(begin.Address));

        Assert.Contains(reason, refused.Message, StringComparison.Ordinal);
        Assert.Single(begin.Requests);
    }

    [Fact]
    public async Task One_in_a_circle_ends()
    {
        await using var begin = await Receiver.RedirectingAsync(308, "/again");

        var refused = await Assert.ThrowsAsync<WebhookRefusedException>(() => PostAsync(begin.Address));

        Assert.Contains("5 redirections", refused.Message, StringComparison.Ordinal);
        Assert.Equal(6, begin.Requests.Count);
    }

    [Fact]
    public void One_from_https_to_http_is_refused()
    {
        using var answer = new HttpResponseMessage(HttpStatusCode.PermanentRedirect) { Headers = { Location = new Uri("http://hooks.example/x?token=SECRET") } };

        var refused = Assert.Throws<WebhookRefusedException>(() => WebhookClient.Redirection(new Uri("https://hooks.example/x"), answer, 0));

        Assert.Contains("in clear", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("SECRET", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(200)]
    [InlineData(404)]
    public async Task An_answer_without_end_is_not_read(int status)
    {
        var left = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var chatty = await Receiver.StartAsync(async context =>
        {
            context.Response.StatusCode = status;
            var block = new byte[64 * 1024];
            try
            {
                while (!context.RequestAborted.IsCancellationRequested) await context.Response.Body.WriteAsync(block, context.RequestAborted);
            }
            catch (OperationCanceledException)
            {
            }

            left.SetResult();
        });

        if (status == 200) Assert.Equal(200, await PostAsync(chatty.Address));
        else await Assert.ThrowsAsync<HttpRequestException>(() => PostAsync(chatty.Address));

        await left.Task;
        Assert.Single(chatty.Requests);
    }

    [Theory]
    [InlineData("http://127.0.0.1:9/")]
    [InlineData("http://127.1:9/")]
    [InlineData("http://2130706433:9/")]
    [InlineData("http://0.0.0.0:9/")]
    [InlineData("http://[::1]:9/")]
    [InlineData("http://[::]:9/")]
    [InlineData("http://[::ffff:127.0.0.1]:9/")]
    [InlineData("http://[64:ff9b::7f00:1]:9/")]
    [InlineData("http://[2002:7f00:1::]:9/")]
    [InlineData("http://[fe80::1]:9/")]
    [InlineData("http://169.254.169.254/latest/meta-data/")]
    [InlineData("http://[::ffff:169.254.169.254]/")]
    [InlineData("http://100.100.100.200/latest/meta-data/")]
    [InlineData("http://[fd00:ec2::254]/")]
    [InlineData("http://localhost:9/")]
    [InlineData("http://LOCALHOST:9/")]
    public async Task A_closed_address_is_refused_without_a_try(string address)
    {
        using var client = new WebhookClient(TimeProvider.System, new WebhookAddresses(""));

        var refused = await Assert.ThrowsAsync<WebhookRefusedException>(() => client.PostAsync(new Uri(address), Message, "run/notify", Stop));

        Assert.Contains("Infra:WebhookAllow", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("10.1.2.3")]
    [InlineData("192.168.1.1")]
    [InlineData("47.96.1.1")]
    [InlineData("2400:3200::1")]
    [InlineData("fd00::1")]
    public async Task Machines_of_the_network_are_open(string address) =>
        Assert.Equal([IPAddress.Parse(address)], await new WebhookAddresses("").ResolveAsync(new DnsEndPoint(address, 443), Stop));

    [Theory]
    [InlineData("127.0.0.0/8", true)]
    [InlineData("10.0.0.0/8, 127.0.0.1", true)]
    [InlineData("localhost", true)]
    [InlineData("localhost:8080 ::1", true)]
    [InlineData("localhost:8081", false)]
    [InlineData("10.0.0.0/8", false)]
    public async Task A_closed_one_may_be_allowed(string allow, bool allowed)
    {
        var addresses = new WebhookAddresses(allow);
        var target = new DnsEndPoint("localhost", 8080);

        if (allowed) Assert.NotEmpty(await addresses.ResolveAsync(target, Stop));
        else await Assert.ThrowsAsync<WebhookRefusedException>(() => addresses.ResolveAsync(target, Stop));
    }

    [Fact]
    public void Our_own_API_stays_closed_where_loopback_is_allowed_and_the_cloud_open_where_it_is_not()
    {
        var addresses = new WebhookAddresses("127.0.0.0/8 ::1", ownPort: 5080);
        addresses.Check(new Uri("http://127.0.0.1:5090/"));
        Assert.Throws<WebhookRefusedException>(() => addresses.Check(new Uri("http://127.0.0.1:5080/api/runs")));
        Assert.Throws<WebhookRefusedException>(() => addresses.Check(new Uri("http://[::1]:5080/api/runs")));

        var cloud = new WebhookAddresses("", new Uri("http://127.0.0.1:5090/"));
        cloud.Check(new Uri("http://127.0.0.1:5090/sim/webhook"));
        Assert.Throws<WebhookRefusedException>(() => cloud.Check(new Uri("http://127.0.0.1:5091/sim/webhook")));
    }

    [Theory]
    [InlineData("10.0.0.0/33")]
    [InlineData("http://hooks.example/")]
    [InlineData("a/b")]
    [InlineData("user@host")]
    public void A_setting_that_is_none_is_told(string allow) => Assert.Throws<FormatException>(() => new WebhookAddresses(allow));

    [Fact]
    public async Task Each_redirection_is_held_to_the_same_addresses()
    {
        await using var end = await Receiver.StartAsync(Answer(200));
        await using var begin = await Receiver.RedirectingAsync(307, end.Address.ToString());
        using var client = new WebhookClient(TimeProvider.System, new WebhookAddresses(begin.Address.Authority));

        await Assert.ThrowsAsync<WebhookRefusedException>(() => client.PostAsync(begin.Address, Message, "run/notify", Stop));

        Assert.Single(begin.Requests);
        Assert.Empty(end.Requests);
    }

    [Fact]
    public async Task The_clouds_and_the_clusters_clients_follow_none()
    {
        await using var end = await Receiver.StartAsync(Answer(200));
        await using var begin = await Receiver.RedirectingAsync(302, end.Address.ToString());
        using var metrics = new PrometheusMetrics(new MetricsOptions { Prometheus = begin.Address }, EnvironmentClock.StartingNow(), TimeProvider.System);
        using var cluster = new ClusterConnection("hz-a", ClusterAccess.Of("hz-a", new ClusterEndpoint { Server = begin.Address, Token = "SECRET" }, null), TimeProvider.System, TimeProvider.System);

        await Assert.ThrowsAsync<MetricsException>(() => metrics.QueryAsync("up", null, Stop));
        await Assert.ThrowsAsync<k8s.Autorest.HttpOperationException>(() => cluster.CallAsync(client =>
            client.CoreV1.PatchNodeAsync(new k8s.Models.V1Patch("{}", k8s.Models.V1Patch.PatchType.MergePatch), "node-1", cancellationToken: Stop)));

        Assert.Empty(end.Requests);
        Assert.Equal(["GET", "PATCH"], begin.Requests.Select(request => request.Method));
    }

    private static RequestDelegate Answer(int status) => context =>
    {
        context.Response.StatusCode = status;
        return Task.CompletedTask;
    };

    private static async Task<int> PostAsync(Uri address)
    {
        using var client = new WebhookClient(TimeProvider.System);
        return await client.PostAsync(address, Message, "run/notify", Stop);
    }
}

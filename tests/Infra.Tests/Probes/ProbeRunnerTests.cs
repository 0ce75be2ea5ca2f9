using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Orchestrator.Fleet.Inspection;
using Orchestrator.Infra.Notifications;
using Orchestrator.Infra.Probes;

namespace Orchestrator.Infra.Tests.Probes;

public sealed class ProbeRunnerTests
{
    private static readonly ProbeOptions Patient = new() { Deadline = TimeSpan.FromSeconds(5), Timeout = TimeSpan.FromSeconds(2) };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Checks_status_field_and_latency_of_an_answer()
    {
        await using var server = await ServeAsync(context => context.Response.WriteAsync("""{"status":"ok","db":{"lag":0}}"""));
        using var probes = new ProbeRunner(TimeProvider.System);
        var target = new HttpTarget("t", AddressOf(server)) { Field = "db.lag", FieldValue = "0", MaxLatency = TimeSpan.FromSeconds(5) };

        var checks = await probes.RunAsync([target, target with { Id = "u", Status = 204, Field = "db.role" }], Patient, Stop);

        Assert.Equal(["http-status", "http-field", "http-latency"], checks.Take(3).Select(check => check.Name));
        Assert.All(checks.Take(3), check => Assert.Equal(CheckVerdict.Passed, check.Verdict));
        Assert.Equal([CheckVerdict.Failed, CheckVerdict.Failed, CheckVerdict.Passed], checks.Skip(3).Select(check => check.Verdict));
        Assert.Equal("status 200, expected 204", checks[3].Detail);
    }

    [Fact]
    public async Task Silence_is_a_verdict_of_its_own_and_never_a_pass()
    {
        await using var server = await ServeAsync(context => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted));
        using var probes = new ProbeRunner(TimeProvider.System);
        var options = new ProbeOptions { Deadline = TimeSpan.FromMilliseconds(400), Timeout = TimeSpan.FromMilliseconds(200), SecondTry = TimeSpan.FromMilliseconds(50), AtMost = 1 };

        var checks = await probes.RunAsync([new HttpTarget("a", AddressOf(server)), new HttpTarget("b", AddressOf(server)), new HttpTarget("c", AddressOf(server))], options, Stop);

        Assert.All(checks, check => Assert.Equal(CheckVerdict.Unanswered, check.Verdict));
        Assert.Equal(3, checks.Length);
        Assert.False(Verdict.Of(checks).Ready);
    }

    [Fact]
    public async Task A_second_try_saves_a_lost_first_one()
    {
        var asked = 0;
        await using var server = await ServeAsync(context => Interlocked.Increment(ref asked) == 1 ? Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted) : context.Response.WriteAsync("ok"));
        using var probes = new ProbeRunner(TimeProvider.System);

        var check = Assert.Single(await probes.RunAsync([new HttpTarget("t", AddressOf(server))], Patient with { SecondTry = TimeSpan.FromMilliseconds(50) }, Stop));

        Assert.Equal((CheckVerdict.Passed, 2), (check.Verdict, asked));
    }

    [Fact]
    public async Task Tcp_connects_reads_the_banner_and_fails_where_nobody_listens()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        var greeting = GreetAsync(listener);
        using var probes = new ProbeRunner(TimeProvider.System);

        var open = await probes.RunAsync([new TcpTarget("t", "127.0.0.1", port) { Banner = "READY" }], Patient, Stop);
        listener.Stop();
        await greeting;
        var closed = await probes.RunAsync([new TcpTarget("t", "127.0.0.1", port, Critical: false)], Patient, Stop);

        Assert.All(open, check => Assert.Equal(CheckVerdict.Passed, check.Verdict));
        Assert.Equal(["tcp-connect", "tcp-banner"], open.Select(check => check.Name));
        Assert.Equal(CheckVerdict.Failed, Assert.Single(closed).Verdict);
        Assert.True(Verdict.Of(open.AddRange(closed)).Ready);
    }

    [Fact]
    public void An_inspection_without_checks_shows_nothing()
    {
        Assert.False(Verdict.Of([]).Ready);
    }

    [Fact]
    public async Task A_notification_is_repeated_under_one_key_until_it_is_taken()
    {
        var keys = new List<string>();
        await using var server = await ServeAsync(context =>
        {
            keys.Add(context.Request.Headers["Idempotency-Key"].ToString());
            context.Response.StatusCode = keys.Count < 3 ? 503 : 202;
            return Task.CompletedTask;
        });
        using var client = new WebhookClient(TimeProvider.System);

        var status = await client.PostAsync(AddressOf(server), new System.Text.Json.Nodes.JsonObject { ["text"] = "go" }, "run/notify", Stop);

        Assert.Equal(202, status);
        Assert.Equal(["run/notify", "run/notify", "run/notify"], keys);
    }

    private static async Task GreetAsync(TcpListener listener)
    {
        try
        {
            while (true)
            {
                using var client = await listener.AcceptTcpClientAsync(Stop);
                await client.GetStream().WriteAsync("READY to serve"u8.ToArray(), Stop);
            }
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or InvalidOperationException)
        {
        }
    }

    private static async Task<WebApplication> ServeAsync(RequestDelegate handle)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var server = builder.Build();
        server.Run(handle);
        await server.StartAsync(Stop);
        return server;
    }

    private static Uri AddressOf(WebApplication server) => new(server.Urls.First());
}

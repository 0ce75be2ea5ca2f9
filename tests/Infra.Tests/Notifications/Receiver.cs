using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Orchestrator.Infra.Tests.Notifications;

/// <param name="Key">The idempotency key.</param>
internal sealed record Received(string Method, string Path, string Body, string Key);

/// <summary>A web server on loopback that keeps what it receives, and answers as it is told.</summary>
internal sealed class Receiver : IAsyncDisposable
{
    private readonly WebApplication application;
    private readonly ConcurrentQueue<Received> received = new();

    private Receiver(RequestDelegate answer)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        application = builder.Build();
        application.Run(async context =>
        {
            using var body = new StreamReader(context.Request.Body);
            received.Enqueue(new(context.Request.Method, context.Request.Path, await body.ReadToEndAsync(context.RequestAborted), context.Request.Headers["Idempotency-Key"].ToString()));
            await answer(context);
        });
    }

    public Uri Address => new(application.Urls.First());

    public IReadOnlyCollection<Received> Requests => [.. received];

    public static async Task<Receiver> StartAsync(RequestDelegate answer)
    {
        var receiver = new Receiver(answer);
        await receiver.application.StartAsync(TestContext.Current.CancellationToken);
        return receiver;
    }

    public static Task<Receiver> RedirectingAsync(int status, string location) => StartAsync(context =>
    {
        context.Response.StatusCode = status;
        context.Response.Headers.Location = location;
        return Task.CompletedTask;
    });

    public async ValueTask DisposeAsync() => await application.DisposeAsync();
}

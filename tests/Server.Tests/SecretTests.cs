using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Orchestrator.Server.Api;

namespace Orchestrator.Server.Tests;

/// <summary>Secrets of a webhook's address reach its receiver and nobody else.</summary>
public sealed class SecretTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    private static readonly string[] canaries = ["CANARYUSER", "CANARYPW", "CANARYTOKEN", "CANARYKEY"];

    [Fact]
    public async Task A_webhooks_password_and_token_are_sent_and_shown_nowhere()
    {
        var heard = new ConcurrentQueue<(string? Authorization, string Query)>();
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Services.AddRoutingCore();
        await using var receiver = builder.Build();
        receiver.UseRouting();
        receiver.MapPost("/hook", (HttpContext http) =>
        {
            heard.Enqueue((http.Request.Headers.Authorization.ToString(), http.Request.QueryString.Value ?? ""));
            return Results.StatusCode(400);
        });
        await receiver.StartAsync();
        var port = new Uri(receiver.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()).Port;
        var url = $"http://CANARYUSER:CANARYPW@127.0.0.1:{port}/hook?token=CANARYTOKEN&room=7";

        var run = await server.StartAsync(
            $"runbook: telling\ninputs:\n  url: {{ type: string }}\n  apiKey: {{ type: string, default: none }}\nsteps:\n  - {{ id: tell, run: notify, with: {{ url: \"${{ inputs.url }}\", message: \"see ${{ inputs.url }}\" }} }}\n",
            new { url, apiKey = "CANARYKEY" });
        await server.UntilAsync(run, "incident-opened");

        Assert.Contains(("Basic " + Convert.ToBase64String("CANARYUSER:CANARYPW"u8), "?token=CANARYTOKEN&room=7"), heard);
        var shown = new List<string>();
        foreach (var address in (string[])["", "/steps", "/steps/tell", "/journal", "/graph"]) shown.Add(await server.Client.GetStringAsync($"/api/runs/{run}{address}"));
        shown.Add(await server.Client.GetStringAsync("/api/wall"));
        shown.Add(await server.Client.GetStringAsync("/api/audit?limit=1000"));
        await foreach (var item in StreamReader.ReadAsync(server.Client, $"/api/runs/{run}/stream", after: 0))
        {
            shown.Add(item.Data);
            if (item.Data.Contains("incident-opened", StringComparison.Ordinal)) break;
        }

        foreach (var command in (string[][])[["runs", "show", run], ["runs", "show", run, "--json"]])
        {
            var finished = await Binary.RunAsync(server.Folder, [.. command, "--server", server.Url.ToString()]);
            shown.Add(finished.Output + finished.Error);
        }

        using (var log = new System.IO.StreamReader(new FileStream(Path.Combine(server.Folder, "data", "orchestrator.log"), FileMode.Open, FileAccess.Read, FileShare.ReadWrite))) shown.Add(await log.ReadToEndAsync());
        Assert.All(shown, text => Assert.All(canaries, canary => Assert.DoesNotContain(canary, text, StringComparison.Ordinal)));
        Assert.Contains($"http://***@127.0.0.1:{port}/hook?token=***&room=7", await server.Client.GetStringAsync($"/api/runs/{run}/journal"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"url":"https://u:p@h/x?access_token=abc&a=1"}""", """{"url":"https://***@h/x?access_token=***\u0026a=1"}""")]
    [InlineData("""{"headers":{"Authorization":"Bearer x","Accept":"json"},"password":["a","b"],"fencingToken":7}""", """{"headers":{"Authorization":"***","Accept":"json"},"password":["***","***"],"fencingToken":7}""")]
    [InlineData("""{"a":"http:\/\/u:p@h"}""", """{"a":"http://***@h"}""")]
    [InlineData("""{"ClientToken":"k-1","title":"nothing secret","token":""}""", """{"ClientToken":"k-1","title":"nothing secret","token":""}""")]
    public void A_document_keeps_all_but_its_secrets(string document, string masked) =>
        Assert.Equal(masked, MaskedElement.Of(JsonElement.Parse(document)).GetRawText());

    [Fact]
    public async Task The_data_folder_is_its_owners_alone_and_one_that_was_open_is_closed()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "file modes are Unix's");
        using var folder = new Folder();
        var file = folder.Write("look.yaml", "runbook: look\nsteps:\n  - { id: look, run: notify, with: { message: hi } }\n");
        await Binary.RunAsync(folder.Path, "run", file, "--data", "data", "--json");
        var data = Path.Combine(folder.Path, "data");
        AssertClosed(data);
        foreach (var entry in Directory.EnumerateFileSystemEntries(data)) OpenUp(entry);
        OpenUp(data);

        var again = await Binary.RunAsync(folder.Path, "run", file, "--data", "data", "--json");

        Assert.Equal(0, again.ExitCode);
        Assert.Contains("others could read the data folder", again.Error, StringComparison.Ordinal);
        AssertClosed(data);
    }

    private static void OpenUp(string entry)
    {
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(entry, File.GetUnixFileMode(entry) | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
    }

    private static void AssertClosed(string data)
    {
        if (OperatingSystem.IsWindows()) return;

        foreach (var entry in Directory.EnumerateFileSystemEntries(data, "*", SearchOption.AllDirectories).Prepend(data))
        {
            Assert.True((int)(File.GetUnixFileMode(entry) & (UnixFileMode)0b111_111) == 0, $"{entry}: {File.GetUnixFileMode(entry)}");
        }
    }
}

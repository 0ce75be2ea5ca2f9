using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Orchestrator.Server.Tests;

/// <summary>What a form needs to start a run, to start the same again, and to send a signal.</summary>
public sealed class StartFormTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    private const string Typed = """
        runbook: typed
        inputs:
          share: { type: integer, minimum: 0, maximum: 100, default: 64, unit: "%" }
          place: { type: string }
          hook: { type: string, default: "https://user:CANARYPW@example.org/hook" }
          apiKey: { type: string, default: CANARYDEFAULT }
          token: { type: array, items: string, default: [] }
        steps:
          - { id: call, wait: { signal: go-on, timeout: 300h } }
        """;

    [Fact]
    public async Task A_refused_input_is_named_so_that_a_form_can_say_it_at_its_field()
    {
        using var answer = await server.Client.PostAsJsonAsync("/api/runs", new { source = Typed, inputs = new { share = 101, shar = 1 } });

        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        var diagnostics = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("diagnostics").EnumerateArray()
            .Select(diagnostic => (Text(diagnostic, "code"), Text(diagnostic, "input")));
        Assert.Equal([("IN101", "shar"), ("IN104", "share"), ("IN102", "place")], diagnostics);
    }

    [Fact]
    public async Task A_run_tells_what_it_was_started_with_by_whom_and_never_a_secret()
    {
        var run = await server.StartAsync(Typed, new { place = "hangzhou", token = new[] { "CANARYTOKEN" }, share = 64 });

        var text = await server.Client.GetStringAsync($"/api/runs/{run}/inputs");

        var answer = JsonElement.Parse(text);
        Assert.Equal(("typed", "carol", "normal"), (Text(answer, "runbook"), Text(answer, "startedBy"), Text(answer, "lane")));
        // Nobody published this text, and no file of the catalog has its name.
        Assert.Null(Text(answer, "currentDigest"));
        var inputs = answer.GetProperty("inputs").EnumerateArray().ToDictionary(input => Text(input.GetProperty("declaration"), "name")!);
        Assert.Equal(["share", "place", "hook", "apiKey", "token"], inputs.Keys);
        Assert.Equal((64, true, false), (inputs["share"].GetProperty("value").GetInt32(), Is(inputs["share"], "isDefault"), Is(inputs["share"], "masked")));
        Assert.Equal(("hangzhou", false), (Text(inputs["place"], "value"), Is(inputs["place"], "isDefault")));
        Assert.True(Is(inputs["hook"], "masked") && Is(inputs["hook"], "isDefault"));
        Assert.Equal(("***", true), (Text(inputs["apiKey"], "value"), Is(inputs["apiKey"], "masked")));
        Assert.Equal("***", inputs["token"].GetProperty("value")[0].GetString());
        Assert.DoesNotContain("CANARY", text, StringComparison.Ordinal);
        var declared = inputs["share"].GetProperty("declaration");
        Assert.Equal(("integer", "%", false, false), (Text(declared, "type"), Text(declared, "unit"), Is(declared, "required"), Is(declared, "secret")));
        Assert.True(Is(inputs["place"].GetProperty("declaration"), "required") && Is(inputs["token"].GetProperty("declaration"), "secret"));
    }

    [Fact]
    public async Task A_run_of_a_known_runbook_says_which_version_a_start_would_run_now()
    {
        using var started = await server.Client.PostAsJsonAsync("/api/runs", new { runbook = "inspect", inputs = new { units = Array.Empty<string>() } });
        var run = (await started.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString();

        var inputs = await server.Client.GetFromJsonAsync<JsonElement>($"/api/runs/{run}/inputs");
        var runbook = await server.Client.GetFromJsonAsync<JsonElement>("/api/runbooks/inspect");

        Assert.Equal(Text(runbook, "digest"), Text(inputs, "digest"));
        Assert.Equal(Text(inputs, "digest"), Text(inputs, "currentDigest"));
        using var unknown = await server.Client.GetAsync($"/api/runs/{Guid.Empty}/inputs");
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
    }

    [Theory]
    [InlineData("inspect", "start-runs")]
    [InlineData("emergency-scale-down", "start-emergency")]
    public async Task A_runbook_says_which_privilege_its_start_asks_for(string name, string privilege) =>
        Assert.Equal(privilege, Text(await server.Client.GetFromJsonAsync<JsonElement>($"/api/runbooks/{name}"), "startPrivilege"));

    [Fact]
    public async Task A_step_that_waits_for_a_signal_says_its_name_until_it_has_come()
    {
        var run = await server.StartAsync(Typed, new { place = "hangzhou" });
        await server.UntilAsync(run, "wait-started");

        var waiting = (await server.Client.GetFromJsonAsync<JsonElement>($"/api/runs/{run}")).GetProperty("waiting").EnumerateArray();
        Assert.Equal([("call", "go-on")], waiting.Select(step => (Text(step, "path"), Text(step, "signal"))));
        using var alice = server.As("alice:commander");
        using var sent = await alice.PostAsJsonAsync($"/api/runs/{run}/signals/go-on", new { payload = new { hosts = 4 } });
        Assert.Equal(HttpStatusCode.OK, sent.StatusCode);
        await server.UntilAsync(run, "run-ended");

        var step = Assert.Single((await server.Client.GetFromJsonAsync<JsonElement>($"/api/runs/{run}/steps")).GetProperty("items").EnumerateArray());
        Assert.Equal((null, 4), (Text(step, "signal"), step.GetProperty("result").GetProperty("hosts").GetInt32()));
    }

    [Fact]
    public async Task The_description_of_the_API_has_the_privileges_of_every_address_that_asks_for_one()
    {
        var document = await server.Client.GetFromJsonAsync<JsonElement>("/openapi/v1.json");
        var described = document.GetProperty("paths").EnumerateObject()
            .SelectMany(path => path.Value.EnumerateObject().Where(operation => operation.Value.TryGetProperty("x-privileges", out _))
                .Select(operation => (Endpoint: $"{operation.Name.ToUpperInvariant()} {path.Name}", Privileges: Words(operation.Value, "x-privileges"))))
            .OrderBy(entry => entry.Endpoint, StringComparer.Ordinal);

        var table = (await server.Client.GetFromJsonAsync<JsonElement>("/api/access?limit=1000")).GetProperty("items").EnumerateArray()
            .Select(entry => (Endpoint: Text(entry, "endpoint")!.Replace(":guid", "", StringComparison.Ordinal), Privileges: Words(entry, "privileges")))
            .OrderBy(entry => entry.Endpoint, StringComparer.Ordinal);

        Assert.Equal(table, described);
    }

    private static string Words(JsonElement of, string name) => string.Join(' ', of.GetProperty(name).EnumerateArray().Select(word => word.GetString()));

    private static string? Text(JsonElement of, string name) => of.TryGetProperty(name, out var value) ? value.GetString() : null;

    private static bool Is(JsonElement of, string name) => of.GetProperty(name).GetBoolean();
}

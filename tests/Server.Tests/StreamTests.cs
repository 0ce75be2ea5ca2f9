using System.Text.Json;

namespace Orchestrator.Server.Tests;

public sealed class StreamTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    private const string Busy = """
        runbook: busy
        inputs:
          n: { type: integer, default: 40 }
        steps:
          - id: loop
            forEach: "${ Array.from({ length: inputs.n }, (_, i) => i) }"
            atMost: 4
            steps:
              - id: look
                run: fleet.survey
        """;

    [Fact]
    public async Task A_reader_that_keeps_losing_its_connection_misses_nothing()
    {
        var run = await server.StartAsync(Busy);
        var seen = new List<(long Id, string Data)>();
        var random = new Random(5);
        long after = 0;

        while (seen.Count == 0 || !seen[^1].Data.Contains("run-ended", StringComparison.Ordinal))
        {
            var left = random.Next(1, 12);
            await foreach (var item in StreamReader.ReadAsync(server.Client, $"/api/runs/{run}/stream", after))
            {
                Assert.NotEqual("snapshot", item.Type);
                if (item.Type == "entry")
                {
                    seen.Add((item.Id!.Value, item.Data));
                    after = item.Id.Value;
                }

                if (--left <= 0 || item.Data.Contains("run-ended", StringComparison.Ordinal))
                {
                    break;
                }
            }
        }

        var journal = new List<long>();
        string? cursor = "0";
        while (cursor is not null)
        {
            var page = JsonElement.Parse(await server.Client.GetStringAsync($"/api/runs/{run}/journal?after={cursor}&limit=50"));
            journal.AddRange(page.GetProperty("items").EnumerateArray().Select(entry => entry.GetProperty("position").GetInt64()));
            cursor = page.TryGetProperty("next", out var next) ? next.GetString() : null;
        }

        Assert.Equal(journal, [.. seen.Select(item => item.Id)]);
    }

    [Fact]
    public async Task A_new_reader_gets_a_snapshot_first_and_then_what_follows_it()
    {
        var run = await server.StartAsync(Busy, new { n = 10 });
        var types = new List<string>();
        long? position = null;

        await foreach (var item in StreamReader.ReadAsync(server.Client, "/api/stream"))
        {
            types.Add(item.Type);
            position ??= item.Id;
            Assert.True(item.Type is "snapshot" or "progress" || item.Id > position);
            if (item.Data.Contains("run-ended", StringComparison.Ordinal) && item.Data.Contains(run, StringComparison.Ordinal))
            {
                break;
            }
        }

        Assert.Equal("snapshot", types[0]);
        Assert.Contains("entry", types);
        Assert.Single(types, type => type == "snapshot");
    }
}

using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Orchestrator.Infra.Clock;
using Orchestrator.Infra.Simulator.Effects;

namespace Orchestrator.Infra.Simulator;

/// <summary><c>/sim</c>: what a test or an operator asks the simulation itself.</summary>
internal sealed class SimulationRoutes(SimulatedCloudOptions options, EffectsLog effects)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/sim/clock", ClockAsync);
        routes.MapGet("/sim/effects", EffectsAsync);
    }

    private Task ClockAsync(HttpContext context)
    {
        var anchor = options.Night is NightClock night
            ? night.Anchor
            : new NightAnchor(options.Night.GetUtcNow(), options.Wall.GetUtcNow(), Speed: 1);
        context.Response.ContentType = "application/json";
        return JsonSerializer.SerializeAsync(context.Response.Body, anchor, SimulatorJson.Default.NightAnchor, context.RequestAborted);
    }

    private async Task EffectsAsync(HttpContext context)
    {
        var after = long.TryParse(context.Request.Query["after"], NumberStyles.None, CultureInfo.InvariantCulture, out var seq) ? seq : 0;
        context.Response.ContentType = "application/x-ndjson";
        foreach (var effect in effects.After(after))
        {
            await JsonSerializer.SerializeAsync(context.Response.Body, effect, SimulatorJson.Default.Effect, context.RequestAborted);
            await context.Response.WriteAsync("\n", context.RequestAborted);
        }
    }
}

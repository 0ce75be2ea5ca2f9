using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Orchestrator.Simulator.Clusters;
using Orchestrator.Simulator.Clusters.Objects;
using Orchestrator.Simulator.OpenApi.Gateway;
using Orchestrator.Simulator.Serving;

namespace Orchestrator.Simulator.Faults;

/// <summary>Stands before every route except <c>/sim</c> and spoils requests as the plan says.</summary>
internal sealed class FaultInjector(int seed, TimeProvider systemClock, ApiGateway openApi)
{
    private readonly Lock _gate = new();
    private Rule[] _rules = [];
    private Random _random = new(seed);

    private enum Spoil { Nothing, Throttle, Error, LoseAnswer }

    private sealed class Rule(FaultRule rule)
    {
        private readonly Regex _route = new("^" + Regex.Escape(rule.Route).Replace("\\*", ".*", StringComparison.Ordinal) + "$", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);

        public FaultRule Text => rule;

        public int Skip { get; set; } = rule.Skip;

        public int? Left { get; set; } = rule.Times;

        public bool Meets(string method, string path) =>
            (rule.Methods.Count == 0 || rule.Methods.Contains(method, StringComparer.OrdinalIgnoreCase)) && _route.IsMatch(path);
    }

    public FaultPlan Plan { get; private set; } = FaultPlan.None;

    public void Replace(FaultPlan plan)
    {
        lock (_gate)
        {
            Plan = plan;
            _rules = [.. plan.Rules.Select(rule => new Rule(rule))];
            _random = new Random(plan.Seed ?? seed);
        }
    }

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var rules = _rules;
        if (rules.Length == 0 || context.Request.Path.StartsWithSegments("/sim", StringComparison.Ordinal))
        {
            await next(context);
            return;
        }

        var latency = TimeSpan.Zero;
        var spoil = Spoil.Nothing;
        var path = ApiGateway.IsCall(context.Request) ? openApi.NameOf(context.Request) : context.Request.Path.Value ?? "";
        foreach (var rule in rules.Where(rule => rule.Meets(context.Request.Method, path)))
        {
            latency += TimeSpan.FromMilliseconds(rule.Text.LatencyMilliseconds);
            spoil = spoil == Spoil.Nothing ? Draw(rule) : spoil;
        }

        if (latency > TimeSpan.Zero)
        {
            await Task.Delay(latency, systemClock, context.RequestAborted);
        }

        await (spoil switch
        {
            Spoil.Throttle => RefuseAsync(context, 429, "TooManyRequests", "Throttling", "injected throttling"),
            Spoil.Error => RefuseAsync(context, 503, "ServiceUnavailable", "ServiceUnavailable", "injected error"),
            Spoil.LoseAnswer => LoseAnswerAsync(context, next),
            _ => next(context),
        });
    }

    private Spoil Draw(Rule rule)
    {
        lock (_gate)
        {
            if (rule.Skip > 0)
            {
                rule.Skip--;
                return Spoil.Nothing;
            }

            if (rule.Left is <= 0)
            {
                return Spoil.Nothing;
            }

            var drawn = rule.Text switch
            {
                var text when Happens(text.ThrottlePercent) => Spoil.Throttle,
                var text when Happens(text.ErrorPercent) => Spoil.Error,
                var text when Happens(text.LostAnswerPercent) => Spoil.LoseAnswer,
                _ => Spoil.Nothing,
            };
            if (drawn != Spoil.Nothing)
            {
                rule.Left--;
            }

            return drawn;
        }
    }

    private bool Happens(double percent) => percent > 0 && _random.NextDouble() * 100 < percent;

    private Task RefuseAsync(HttpContext context, int status, string reason, string code, string message)
    {
        if (ApiGateway.IsCall(context.Request))
        {
            return openApi.RefuseAsync(context, status == 429 ? ApiRefusal.Throttled(1_000) : ApiRefusal.Unavailable());
        }

        if (context.Request.Path.StartsWithSegments("/clusters", StringComparison.Ordinal))
        {
            return ClusterApi.WriteErrorAsync(context, new StatusException(status, reason, message) { RetryAfter = 1 });
        }

        context.Response.Headers.RetryAfter = "1";
        return Bodies.WriteErrorAsync(context, status, code, message);
    }

    /// <summary>Lets the request take its effect with its answer going nowhere, then breaks the connection.</summary>
    private static async Task LoseAnswerAsync(HttpContext context, RequestDelegate next)
    {
        context.Features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(Stream.Null));
        await next(context);
        context.Abort();
    }
}

using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using Orchestrator.Server.Telemetry;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Model.Telemetry;

namespace Orchestrator.Bench;

/// <summary>
/// What telemetry costs: runs of ten no-op steps on SQLite, as a server keeps them unless it is told otherwise, without it, and in turns with what a server always has (metrics, and a log whose scopes
/// are kept), with traces of as many runs a second as by default, and with every run traced. Spans go over OTLP to a listener in this process,
/// whose work counts too.
/// </summary>
internal static class TelemetryBench
{
    private const int Rounds = 8;
    private const string Without = "without";
    private const string Log = "metrics and log";
    private const string Default = "and traces by default";
    private const string All = "and every run traced";

    private static readonly string yaml =
        "runbook: ten\nsteps:\n" + string.Concat(Enumerable.Range(1, 10).Select(step => $"  - {{ id: s{step}, run: bench.noop }}\n"));

    public static async Task<Figure> MeasureAsync()
    {
        await using var collector = await Collector.StartAsync();
        var rounds = new Dictionary<string, List<Round>> { [Without] = [], [Log] = [], [Default] = [], [All] = [] };
        // Twice: the first time everything is compiled.
        foreach (var arm in rounds.Keys) await RoundAsync(arm, collector, TimeSpan.FromSeconds(4));
        foreach (var arm in rounds.Keys) await RoundAsync(arm, collector, TimeSpan.FromSeconds(2));
        for (var round = 0; round < Rounds; round++)
        {
            foreach (var arm in round % 2 == 0 ? rounds.Keys : rounds.Keys.Reverse()) rounds[arm].Add(await RoundAsync(arm, collector, TimeSpan.FromSeconds(3)));
        }

        // Of the rounds that cost least: other work on the machine only ever adds.
        var figure = new Figure(
            "telemetry", Best(Default), "of the runs that a second of CPU gives without", [.. Ratios(Default, round => 1 / round.Cpu).Select(ratio => Math.Round(ratio, 3))]);
        foreach (var (arm, all) in rounds)
        {
            figure.More[$"{arm}, least CPU µs a run"] = Math.Round(Least(arm), 1);
            figure.More[$"{arm}, ratio by least CPU"] = Best(arm);
            figure.More[$"{arm}, median ratio by CPU"] = Math.Round(Figure.Median(Ratios(arm, round => 1 / round.Cpu)), 3);
            figure.More[$"{arm}, runs/s"] = Math.Round(Figure.Median(all.Select(round => round.Rate)));
            figure.More[$"{arm}, ratio by the clock"] = Math.Round(Figure.Median(Ratios(arm, round => round.Rate)), 3);
        }

        figure.More["requests to the collector"] = collector.Requests;
        return figure;

        // The third: one round may have met a collection less.
        double Least(string arm) => rounds[arm].Select(round => round.Cpu).Order().ElementAt(2);

        double Best(string arm) => Math.Round(Least(Without) / Least(arm), 3);

        IEnumerable<double> Ratios(string arm, Func<Round, double> value) => rounds[arm].Zip(rounds[Without], (with, without) => value(with) / value(without));
    }

    private static async Task<Round> RoundAsync(string arm, Collector collector, TimeSpan length)
    {
        using var metrics = arm == Without ? null : Sdk.CreateMeterProviderBuilder().AddMeter(EngineMetrics.MeterName)
            .AddReader(new PeriodicExportingMetricReader(new Discard(), exportIntervalMilliseconds: 1000)).Build();
        using var traces = arm is not (Default or All) ? null : Sdk.CreateTracerProviderBuilder().AddSource(EngineTrace.SourceName)
            .SetSampler(new TraceSampler(1, arm == All ? int.MaxValue : new TelemetryOptions().RunsPerSecond, TimeProvider.System))
            .AddOtlpExporter(otlp => (otlp.Endpoint, otlp.Protocol) = (new Uri(collector.Address, "v1/traces"), OtlpExportProtocol.HttpProtobuf)).Build();
        using var log = arm == Without ? null : LoggerFactory.Create(logging => logging.AddProvider(new Scopes()));
        await using var bench = await BenchEngine.OpenAsync(durable: true, log);
        var runbook = bench.Read(yaml);
        var inputs = JsonSerializer.SerializeToElement(new { });
        GC.Collect();
        var cpu = Environment.CpuUsage.TotalTime;
        var (rate, runs) = await Bench.Rounds.RoundAsync(
            async () =>
            {
                var run = await bench.StartAsync(runbook, inputs);
                await bench.Engine.WhenEndedAsync(run);
            },
            length);
        // What is still to be sent counts as well.
        traces?.ForceFlush();
        return new Round(rate, (Environment.CpuUsage.TotalTime - cpu).TotalMicroseconds / runs.Count);
    }

    /// <param name="Rate">Runs a second.</param>
    /// <param name="Cpu">Microseconds a run; what other work the machine does changes it little, and two cores busy are what limits the rate.</param>
    private readonly record struct Round(double Rate, double Cpu);

    private sealed class Discard : BaseExporter<Metric>
    {
        public override ExportResult Export(in Batch<Metric> batch) => ExportResult.Success;
    }

    /// <summary>Keeps the scopes, as the server's log does, and drops the lines.</summary>
    private sealed class Scopes : ILoggerProvider, ILogger, ISupportExternalScope
    {
        private IExternalScopeProvider? scopes;

        public void SetScopeProvider(IExternalScopeProvider scopeProvider) => scopes = scopeProvider;

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => scopes?.Push(state);

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
        }

        public void Dispose()
        {
        }
    }

    /// <summary>Takes what comes and says that it is well.</summary>
    private sealed class Collector : IAsyncDisposable
    {
        private readonly WebApplication application;
        private int requests;

        private Collector(WebApplication application)
        {
            this.application = application;
            application.Run(async context =>
            {
                await context.Request.Body.CopyToAsync(Stream.Null);
                Interlocked.Increment(ref requests);
                context.Response.ContentType = "application/x-protobuf";
            });
        }

        public Uri Address => new(application.Urls.First());

        public int Requests => requests;

        public static async Task<Collector> StartAsync()
        {
            var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
            builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
            var collector = new Collector(builder.Build());
            await collector.application.StartAsync();
            return collector;
        }

        public ValueTask DisposeAsync() => application.DisposeAsync();
    }
}

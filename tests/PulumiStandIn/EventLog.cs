using System.Diagnostics;
using System.Text.Json.Nodes;
using Grpc.Core;
using Grpc.Net.Client;
using Orchestrator.Infra.Provisioning.Programs;
using Orchestrator.Infra.Provisioning.Stacks;

namespace Orchestrator.PulumiStandIn;

/// <summary>Writes events as Pulumi's engine does: numbered from 0, one JSON object each, to a gRPC service or a file, the cancel event last.</summary>
internal sealed class EventLog : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly GrpcChannel? _channel;
    private readonly AsyncClientStreamingCall<EventRequest, Google.Protobuf.WellKnownTypes.Empty>? _stream;
    private readonly FileStream? _file;
    private readonly Script _script;
    private readonly List<Task> _sent = [];
    private int _sequence;

    public EventLog(string? address, Script script)
    {
        _script = script;
        if (address?.StartsWith("tcp://", StringComparison.Ordinal) == true)
        {
            _channel = GrpcChannel.ForAddress("http://" + address["tcp://".Length..]);
            _stream = new Events.EventsClient(_channel).StreamEvents();
        }
        else if (address is not null)
        {
            _file = new FileStream(address, FileMode.Create, FileAccess.Write, FileShare.ReadWrite);
        }
    }

    public void Write(string kind, JsonObject body)
    {
        var line = new JsonObject { ["sequence"] = _sequence++, ["timestamp"] = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds(), [kind] = body }.ToJsonString() + "\n";
        lock (_gate)
        {
            if (_stream is not null)
            {
                _stream.RequestStream.WriteAsync(new EventRequest { Event = line }).GetAwaiter().GetResult();
            }

            if (_file is not null)
            {
                var bytes = System.Text.Encoding.UTF8.GetBytes(line);
                var torn = _script.TearsLog && kind == "summaryEvent";
                _file.Write(bytes.AsSpan(0, torn ? bytes.Length / 2 : bytes.Length));
                _file.Flush();
                if (torn)
                {
                    using var self = Process.GetCurrentProcess();
                    self.Kill();
                    Thread.Yield();
                }
            }
        }
    }

    public void Diagnostic(string? urn, string severity, string message) =>
        Write("diagnosticEvent", new JsonObject { ["urn"] = urn, ["message"] = $"<{{%reset%}}>{message}<{{%reset%}}>\n", ["color"] = "never", ["severity"] = severity });

    /// <summary>Of the embedded engine's words, Pulumi's.</summary>
    public void Take(StackEvent happened)
    {
        switch (happened)
        {
            case ResourcePre { Metadata: { Op: "replace" } step }:
                Write("resourcePreEvent", Step(step, "create-replacement"));
                Write("resourcePreEvent", Step(step, "replace", logical: true));
                break;
            case ResourceOutputs { Metadata: { Op: "replace" } step }:
                Write("resOutputsEvent", Step(step, "create-replacement"));
                Write("resOutputsEvent", Step(step, "replace", logical: true));
                break;
            case ResourcePre pre when pre.Metadata.Type != ResourceTypes.Stack:
                Write("resourcePreEvent", Step(pre.Metadata, pre.Metadata.Op));
                break;
            case ResourceOutputs done when done.Metadata.Type != ResourceTypes.Stack:
                Write("resOutputsEvent", Step(done.Metadata, done.Metadata.Op));
                break;
            case ResourceFailed failed:
                // The error first, then that the step failed.
                Diagnostic(failed.Metadata.Urn, "error", failed.Message);
                var body = Step(failed.Metadata, failed.Metadata.Op);
                body["status"] = failed.Status;
                body["steps"] = 0;
                Write("resOpFailedEvent", body);
                break;
            case StackDiagnostic { Severity: not "error" } told:
                Diagnostic(told.Urn, told.Severity, told.Message);
                break;
        }
    }

    public static JsonObject Step(ResourceStep step, string op, bool logical = false)
    {
        var state = new JsonObject { ["type"] = step.Type, ["urn"] = step.Urn, ["custom"] = true, ["id"] = step.Id ?? "", ["parent"] = "", ["inputs"] = new JsonObject(), ["outputs"] = new JsonObject(), ["provider"] = "" };
        return new JsonObject
        {
            ["metadata"] = new JsonObject
            {
                ["op"] = op,
                ["urn"] = step.Urn,
                ["type"] = step.Type,
                ["old"] = op == "create" ? null : state.DeepClone(),
                ["new"] = op == "delete" ? null : state.DeepClone(),
                ["diffs"] = new JsonArray([.. step.Diffs.Select(path => (JsonNode)path)]),
                ["detailedDiff"] = null,
                ["logical"] = logical,
                ["provider"] = "",
            },
        };
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_sent);
        if (_stream is not null)
        {
            await _stream.RequestStream.CompleteAsync();
            await _stream;
        }

        _channel?.Dispose();
        if (_file is not null)
        {
            await _file.DisposeAsync();
        }
    }
}

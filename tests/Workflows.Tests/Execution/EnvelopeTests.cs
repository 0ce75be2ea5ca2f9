using System.Collections.Immutable;
using System.Text.Json;
using Orchestrator.Workflows.Model.Bus;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Membership;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Tests.Execution;

public sealed class EnvelopeTests
{
    private static readonly DateTimeOffset at = new(2026, 11, 11, 0, 0, 0, TimeSpan.Zero);
    private static readonly TaskToken taskToken = new(RunId.New(at), new StepPath("lend/杭州/shift"), true, 3, long.MaxValue);
    private static readonly JsonElement json = JsonElement.Parse("""{ "a": [1, "é", null] }""");

    [Fact]
    public void A_task_arrives_as_it_was_sent()
    {
        var task = new TaskMessage(taskToken, "owner", RunId.New(at), "cluster.shift", json, "key", Lane.Emergency, 7, "alice", at)
        {
            Recorded = ImmutableDictionary<string, JsonElement>.Empty.Add("wave-1", json),
        };

        var arrived = Assert.Single(Send(task));

        Assert.Equal(json.GetRawText(), arrived.Arguments.GetRawText());
        Assert.Equal(json.GetRawText(), arrived.Recorded!["wave-1"].GetRawText());
        Assert.Equal(task with { Recorded = null, Arguments = default }, arrived with { Recorded = null, Arguments = default });
    }

    [Fact]
    public void Results_with_and_without_value_or_error_arrive_in_order()
    {
        var error = new StepError("timeout", "too late") { Retryable = false, Detail = json };

        var arrived = Send(new ResultMessage(taskToken, json, null), new ResultMessage(taskToken, null, error), new ResultMessage(taskToken, JsonElement.Parse("{}"), null));

        Assert.Equal(json.GetRawText(), arrived[0].Result!.Value.GetRawText());
        Assert.Equal(error with { Detail = null }, arrived[1].Error! with { Detail = null });
        Assert.Equal(json.GetRawText(), arrived[1].Error!.Detail!.Value.GetRawText());
        Assert.Null(arrived[1].Result);
        Assert.Equal("{}", arrived[2].Result!.Value.GetRawText());
    }

    [Fact]
    public void Progress_notes_answers_and_facts_arrive_as_they_were_sent()
    {
        Assert.Equal(new ResponseMessage(5, true, null), Assert.Single(Send(new ResponseMessage(5, true, null))));
        Assert.Equal(json.GetRawText(), Assert.Single(Send(new RoutedMessage(taskToken.Run, "server-a", 5, json))).Body.GetRawText());
        Assert.Equal(new ProgressMessage(taskToken, 0.5, "half", at), Assert.Single(Send(new ProgressMessage(taskToken, 0.5, "half", at))));
        Assert.Null(Assert.Single(Send(new ProgressMessage(taskToken, null, "", at))).Fraction);
        Assert.Equal(new TaskReplyMessage(TaskReplyKind.TaskLost, taskToken, 9), Assert.Single(Send(new TaskReplyMessage(TaskReplyKind.TaskLost, taskToken, 9))));
        Assert.Equal("wave-1", Assert.Single(Send(new FactMessage(taskToken, "w", 1, "wave-1", json))).Key);
    }

    /// <summary>Bytes as the version before wrote them: whatever the order of fields is now, these are read.</summary>
    [Fact]
    public void A_task_of_the_format_before_is_read()
    {
        var envelope = new Envelope(Convert.FromBase64String(
            "AgEBAAAARJ2TASgJAHCAAAAAAAAAAREAAABsZW5kL+adreW3ni9zaGlmdAEDAAAADAAAAAAAAAAFAAAAb3duZXJEnZMBKAkAcIAAAAAAAAACDQAAAGNsdXN0ZXIuc2hpZnQYAAAAeyAiYSI6IFsxLCAiw6kiLCBudWxs"
            + "XSB9AwAAAGtleQEHAAAAAAAAAAUAAABhbGljZQCArbqGP98IAQAAAAYAAAB3YXZlLTEYAAAAeyAiYSI6IFsxLCAiw6kiLCBudWxsXSB9"));

        var read = Assert.Single(EnvelopeReader.Unpack<TaskMessage>(envelope));

        Assert.Equal(Fixed with { Recorded = null, Arguments = default }, read with { Recorded = null, Arguments = default });
        Assert.Equal(json.GetRawText(), read.Recorded!["wave-1"].GetRawText());
    }

    [Fact]
    public void Tasks_and_results_tell_their_trace_to_those_who_know_the_format_and_to_no_others()
    {
        const string Trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        var task = Fixed with { Trace = Trace };
        var result = new ResultMessage(taskToken, json, null) { Cause = Trace };

        Assert.Equal(Trace, Assert.Single(Send(task)).Trace);
        Assert.Equal(Trace, Assert.Single(Send(result)).Cause);
        Assert.Null(Assert.Single(Send(Fixed)).Trace);
        Assert.Null(Assert.Single(Send(new ResultMessage(taskToken, json, null))).Cause);
        Assert.Null(Assert.Single(EnvelopeReader.Unpack<TaskMessage>(new EnvelopeWriter().Pack<TaskMessage>([task], ProtocolVersions.Traces - 1))).Trace);
        Assert.Null(Assert.Single(EnvelopeReader.Unpack<ResultMessage>(new EnvelopeWriter().Pack<ResultMessage>([result, result], ProtocolVersions.Traces - 1))[1..]).Cause);
    }

    [Fact]
    public void A_task_tells_its_timeout_to_those_who_know_the_format_and_to_no_others()
    {
        var task = Fixed with { TimeoutAt = at.AddMinutes(5) };

        Assert.Equal(task.TimeoutAt, Assert.Single(Send(task)).TimeoutAt);
        Assert.Null(Assert.Single(Send(Fixed)).TimeoutAt);
        Assert.Null(Assert.Single(EnvelopeReader.Unpack<TaskMessage>(new EnvelopeWriter().Pack<TaskMessage>([task], ProtocolVersions.TaskTimeouts - 1))).TimeoutAt);
    }

    [Fact]
    public void An_envelope_of_a_newer_format_is_left_to_others()
    {
        var envelope = new EnvelopeWriter().Pack<TaskReplyMessage>([new(TaskReplyKind.TaskLost, taskToken, 0)], ProtocolVersions.Newest);

        Assert.Throws<NewerEnvelopeException>(() => EnvelopeReader.TypeOf(envelope, ProtocolVersions.Newest - 1));
        Assert.Throws<NewerEnvelopeException>(() => EnvelopeReader.Unpack<TaskReplyMessage>(new Envelope([99, .. envelope.Content[1..]])));
    }

    [Fact]
    public void An_envelope_of_a_format_long_gone_or_cut_short_is_refused()
    {
        var envelope = new EnvelopeWriter().Pack<TaskReplyMessage>([new(TaskReplyKind.TaskLost, taskToken, 0)]);

        Assert.Throws<InvalidDataException>(() => EnvelopeReader.Unpack<TaskReplyMessage>(new Envelope([1, .. envelope.Content[1..]])));
        Assert.Throws<InvalidDataException>(() => EnvelopeReader.Unpack<ResponseMessage>(envelope));
        Assert.Throws<InvalidDataException>(() => EnvelopeReader.Unpack<TaskReplyMessage>(new Envelope(envelope.Content[..^1])));
        Assert.Throws<InvalidDataException>(() => EnvelopeReader.TypeOf(new Envelope([])));
        Assert.Throws<InvalidDataException>(() => EnvelopeReader.Unpack<TaskReplyMessage>(new Envelope([.. envelope.Content[..2], 255, 255, 255, 127, .. envelope.Content[6..]])));
    }

    private static TaskMessage Fixed { get; } = new(
        new TaskToken(new RunId(new Guid("01939d44-0928-7000-8000-000000000001")), new StepPath("lend/杭州/shift"), true, 3, 12), "owner",
        new RunId(new Guid("01939d44-0928-7000-8000-000000000002")), "cluster.shift", json, "key", Lane.Emergency, 7, "alice", at)
    {
        Recorded = ImmutableDictionary<string, JsonElement>.Empty.Add("wave-1", json),
    };

    private static List<T> Send<T>(params T[] messages) where T : IBusMessage<T> => EnvelopeReader.Unpack<T>(new EnvelopeWriter().Pack<T>([.. messages]));
}

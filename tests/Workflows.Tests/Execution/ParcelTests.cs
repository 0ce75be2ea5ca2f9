using System.Collections.Immutable;
using System.Text.Json;
using Orchestrator.Workflows.Model.Bus;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Membership;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Tests.Execution;

public sealed class ParcelTests
{
    private static readonly DateTimeOffset at = new(2026, 11, 11, 0, 0, 0, TimeSpan.Zero);
    private static readonly TaskStamp stamp = new(RunId.New(at), new StepPath("lend/杭州/shift"), true, 3, long.MaxValue);
    private static readonly JsonElement json = JsonElement.Parse("""{ "a": [1, "é", null] }""");

    [Fact]
    public void A_task_arrives_as_it_was_sent()
    {
        var task = new TaskMessage(stamp, "owner", RunId.New(at), "cluster.shift", json, "key", Lane.Emergency, 7, "alice", at)
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

        var arrived = Send(new ResultMessage(stamp, json, null), new ResultMessage(stamp, null, error), new ResultMessage(stamp, JsonElement.Parse("{}"), null));

        Assert.Equal(json.GetRawText(), arrived[0].Result!.Value.GetRawText());
        Assert.Equal(error with { Detail = null }, arrived[1].Error! with { Detail = null });
        Assert.Equal(json.GetRawText(), arrived[1].Error!.Detail!.Value.GetRawText());
        Assert.Null(arrived[1].Result);
        Assert.Equal("{}", arrived[2].Result!.Value.GetRawText());
    }

    [Fact]
    public void Progress_notes_answers_and_facts_arrive_as_they_were_sent()
    {
        Assert.Equal(new AnswerMessage(5, true, null), Assert.Single(Send(new AnswerMessage(5, true, null))));
        Assert.Equal(json.GetRawText(), Assert.Single(Send(new RelayMessage(stamp.Run, "node-a", 5, json))).Body.GetRawText());
        Assert.Equal(new ProgressMessage(stamp, 0.5, "half", at), Assert.Single(Send(new ProgressMessage(stamp, 0.5, "half", at))));
        Assert.Null(Assert.Single(Send(new ProgressMessage(stamp, null, "", at))).Fraction);
        Assert.Equal(new NoteMessage(NoteKind.TaskLost, stamp, 9), Assert.Single(Send(new NoteMessage(NoteKind.TaskLost, stamp, 9))));
        Assert.Equal("wave-1", Assert.Single(Send(new FactMessage(stamp, "w", 1, "wave-1", json))).Key);
    }

    /// <summary>Bytes as the version before wrote them: whatever the order of fields is now, these are read.</summary>
    [Fact]
    public void A_task_of_the_format_before_is_read()
    {
        var parcel = new Parcel(Convert.FromBase64String(
            "AgEBAAAARJ2TASgJAHCAAAAAAAAAAREAAABsZW5kL+adreW3ni9zaGlmdAEDAAAADAAAAAAAAAAFAAAAb3duZXJEnZMBKAkAcIAAAAAAAAACDQAAAGNsdXN0ZXIuc2hpZnQYAAAAeyAiYSI6IFsxLCAiw6kiLCBudWxs"
            + "XSB9AwAAAGtleQEHAAAAAAAAAAUAAABhbGljZQCArbqGP98IAQAAAAYAAAB3YXZlLTEYAAAAeyAiYSI6IFsxLCAiw6kiLCBudWxsXSB9"));

        var read = Assert.Single(ParcelReader.Unpack<TaskMessage>(parcel));

        Assert.Equal(Fixed with { Recorded = null, Arguments = default }, read with { Recorded = null, Arguments = default });
        Assert.Equal(json.GetRawText(), read.Recorded!["wave-1"].GetRawText());
    }

    [Fact]
    public void Tasks_and_results_tell_their_trace_to_those_who_know_the_format_and_to_no_others()
    {
        const string Trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        var task = Fixed with { Trace = Trace };
        var result = new ResultMessage(stamp, json, null) { Cause = Trace };

        Assert.Equal(Trace, Assert.Single(Send(task)).Trace);
        Assert.Equal(Trace, Assert.Single(Send(result)).Cause);
        Assert.Null(Assert.Single(Send(Fixed)).Trace);
        Assert.Null(Assert.Single(Send(new ResultMessage(stamp, json, null))).Cause);
        Assert.Null(Assert.Single(ParcelReader.Unpack<TaskMessage>(new ParcelWriter().Pack<TaskMessage>([task], Formats.Traces - 1))).Trace);
        Assert.Null(Assert.Single(ParcelReader.Unpack<ResultMessage>(new ParcelWriter().Pack<ResultMessage>([result, result], Formats.Traces - 1))[1..]).Cause);
    }

    [Fact]
    public void A_task_tells_its_timeout_to_those_who_know_the_format_and_to_no_others()
    {
        var task = Fixed with { TimeoutAt = at.AddMinutes(5) };

        Assert.Equal(task.TimeoutAt, Assert.Single(Send(task)).TimeoutAt);
        Assert.Null(Assert.Single(Send(Fixed)).TimeoutAt);
        Assert.Null(Assert.Single(ParcelReader.Unpack<TaskMessage>(new ParcelWriter().Pack<TaskMessage>([task], Formats.TaskTimeouts - 1))).TimeoutAt);
    }

    [Fact]
    public void A_parcel_of_a_newer_format_is_left_to_others()
    {
        var parcel = new ParcelWriter().Pack<NoteMessage>([new(NoteKind.TaskLost, stamp, 0)], Formats.Newest);

        Assert.Throws<NewerParcelException>(() => ParcelReader.TypeOf(parcel, Formats.Newest - 1));
        Assert.Throws<NewerParcelException>(() => ParcelReader.Unpack<NoteMessage>(new Parcel([99, .. parcel.Content[1..]])));
    }

    [Fact]
    public void A_parcel_of_a_format_long_gone_or_cut_short_is_refused()
    {
        var parcel = new ParcelWriter().Pack<NoteMessage>([new(NoteKind.TaskLost, stamp, 0)]);

        Assert.Throws<InvalidDataException>(() => ParcelReader.Unpack<NoteMessage>(new Parcel([1, .. parcel.Content[1..]])));
        Assert.Throws<InvalidDataException>(() => ParcelReader.Unpack<AnswerMessage>(parcel));
        Assert.Throws<InvalidDataException>(() => ParcelReader.Unpack<NoteMessage>(new Parcel(parcel.Content[..^1])));
        Assert.Throws<InvalidDataException>(() => ParcelReader.TypeOf(new Parcel([])));
        Assert.Throws<InvalidDataException>(() => ParcelReader.Unpack<NoteMessage>(new Parcel([.. parcel.Content[..2], 255, 255, 255, 127, .. parcel.Content[6..]])));
    }

    private static TaskMessage Fixed { get; } = new(
        new TaskStamp(new RunId(new Guid("01939d44-0928-7000-8000-000000000001")), new StepPath("lend/杭州/shift"), true, 3, 12), "owner",
        new RunId(new Guid("01939d44-0928-7000-8000-000000000002")), "cluster.shift", json, "key", Lane.Emergency, 7, "alice", at)
    {
        Recorded = ImmutableDictionary<string, JsonElement>.Empty.Add("wave-1", json),
    };

    private static List<T> Send<T>(params T[] messages) where T : IBusMessage<T> => ParcelReader.Unpack<T>(new ParcelWriter().Pack<T>([.. messages]));
}

using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Orchestrator.Fleet.Inspection;
using Orchestrator.Infra.Http;

namespace Orchestrator.Infra.Probes;

/// <summary>Asks targets over HTTP and TCP, with connections kept warm between inspections. Safe for concurrent use.</summary>
public sealed class ProbeRunner : IDisposable
{
    private const int LargestAnswer = 1024 * 1024;

    private readonly TimeProvider _systemClock;
    private readonly HttpClient _http;

    /// <param name="systemClock">The wall clock: a probe measures the world, not the night.</param>
    public ProbeRunner(TimeProvider systemClock)
    {
        _systemClock = systemClock;
        var sockets = HttpClients.Sockets();
        sockets.AutomaticDecompression = DecompressionMethods.All;
        _http = new HttpClient(sockets) { Timeout = Timeout.InfiniteTimeSpan, MaxResponseContentBufferSize = LargestAnswer };
    }

    /// <summary>The checks of all targets, in the targets' order; never throws for a target that does not answer.</summary>
    public async Task<ImmutableArray<Check>> RunAsync(IReadOnlyCollection<ProbeTarget> targets, ProbeOptions? options, CancellationToken cancellationToken)
    {
        options ??= new ProbeOptions();
        using var deadline = new CancellationTokenSource(options.Deadline, _systemClock);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        using var slots = new SemaphoreSlim(options.AtMost);
        var results = await Task.WhenAll(targets.Select(target => CheckAsync(target, options, slots, over.Token)));
        cancellationToken.ThrowIfCancellationRequested();
        return [.. results.SelectMany(checks => checks)];
    }

    public void Dispose() => _http.Dispose();

    private async Task<Check[]> CheckAsync(ProbeTarget target, ProbeOptions options, SemaphoreSlim slots, CancellationToken over)
    {
        var started = _systemClock.GetTimestamp();
        try
        {
            await slots.WaitAsync(over);
        }
        catch (OperationCanceledException)
        {
            return Unanswered(target, "never asked: the deadline was over before its turn", started);
        }

        try
        {
            started = _systemClock.GetTimestamp();
            return await FirstAnswerAsync(target, options, started, over);
        }
        finally
        {
            slots.Release();
        }
    }

    /// <summary>
    /// A second try runs beside the first one when that has not answered in time, or at once after a try that broke. The first
    /// answer counts; a broken connection counts only when no try is left.
    /// </summary>
    private async Task<Check[]> FirstAnswerAsync(ProbeTarget target, ProbeOptions options, long started, CancellationToken over)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(over);
        var running = new List<Task<Answer>> { TryAsync(target, options.Timeout, ended.Token) };
        var second = Task.Delay(options.SecondTry, _systemClock, ended.Token);
        var tries = 1;
        Answer? broken = null;
        try
        {
            while (running.Count > 0)
            {
                var finished = await Task.WhenAny(tries == 1 ? [.. running, second] : running.ToArray<Task>());
                if (finished == second)
                {
                    tries++;
                    if (!over.IsCancellationRequested)
                    {
                        running.Add(TryAsync(target, options.Timeout, ended.Token));
                    }

                    continue;
                }

                var answer = await running.First(task => task == finished);
                running.Remove((Task<Answer>)finished);
                if (answer.Kind == AnswerKind.Answered)
                {
                    return Checks(target, answer, started);
                }

                broken = broken is { Kind: AnswerKind.Broken } ? broken : answer;
                if (tries == 1 && !over.IsCancellationRequested)
                {
                    // Not at once: a server that is just coming up needs the pause as much as a lost packet does.
                    await second.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                    tries++;
                    if (!over.IsCancellationRequested)
                    {
                        running.Add(TryAsync(target, options.Timeout, ended.Token));
                    }
                }
            }
        }
        finally
        {
            await ended.CancelAsync();
        }

        return broken is { Kind: AnswerKind.Broken } ? Checks(target, broken, started) : Unanswered(target, broken?.Text ?? "no answer by the deadline", started);
    }

    private async Task<Answer> TryAsync(ProbeTarget target, TimeSpan timeout, CancellationToken over)
    {
        using var late = new CancellationTokenSource(timeout, _systemClock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(over, late.Token);
        var began = _systemClock.GetTimestamp();
        try
        {
            return target switch
            {
                HttpTarget http => await AskAsync(http, began, either.Token),
                TcpTarget tcp => await ConnectAsync(tcp, began, either.Token),
                _ => throw new System.Diagnostics.UnreachableException(),
            };
        }
        catch (OperationCanceledException)
        {
            return new Answer(AnswerKind.None, late.IsCancellationRequested ? $"no answer within {timeout.TotalMilliseconds:0} ms" : "no answer by the deadline", null, timeout);
        }
        catch (Exception e) when (e is HttpRequestException or SocketException or IOException)
        {
            return new Answer(AnswerKind.Broken, e.Message, null, _systemClock.GetElapsedTime(began));
        }
    }

    private async Task<Answer> AskAsync(HttpTarget target, long began, CancellationToken cancellationToken)
    {
        using var response = await _http.GetAsync(target.Address, HttpCompletionOption.ResponseContentRead, cancellationToken);
        var body = await response.Content.ReadAsStringAsync(cancellationToken);
        return new Answer(AnswerKind.Answered, body, (int)response.StatusCode, _systemClock.GetElapsedTime(began));
    }

    private async Task<Answer> ConnectAsync(TcpTarget target, long began, CancellationToken cancellationToken)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(target.Host, target.Port, cancellationToken);
        if (target.Banner is null)
        {
            return new Answer(AnswerKind.Answered, "", null, _systemClock.GetElapsedTime(began));
        }

        var wanted = Encoding.UTF8.GetByteCount(target.Banner);
        var buffer = new byte[wanted];
        var read = 0;
        while (read < wanted && await socket.ReceiveAsync(buffer.AsMemory(read), SocketFlags.None, cancellationToken) is > 0 and var count)
        {
            read += count;
        }

        return new Answer(AnswerKind.Answered, Encoding.UTF8.GetString(buffer, 0, read), null, _systemClock.GetElapsedTime(began));
    }

    private Check[] Checks(ProbeTarget target, Answer answer, long started)
    {
        var elapsed = _systemClock.GetElapsedTime(started);
        if (answer.Kind == AnswerKind.Broken)
        {
            return [.. Names(target).Select(name => new Check(target.Id, name, CheckVerdict.Failed, answer.Text, elapsed, target.Critical))];
        }

        return target switch
        {
            HttpTarget http => [.. HttpChecks(http, answer)],
            TcpTarget tcp => [.. TcpChecks(tcp, answer)],
            _ => throw new System.Diagnostics.UnreachableException(),
        };

        Check Say(string name, bool passed, string detail) =>
            new(target.Id, name, passed ? CheckVerdict.Passed : CheckVerdict.Failed, detail, elapsed, target.Critical);

        IEnumerable<Check> HttpChecks(HttpTarget http, Answer seen)
        {
            yield return Say("http-status", seen.Status == http.Status, string.Create(CultureInfo.InvariantCulture, $"status {seen.Status}, expected {http.Status}"));
            if (http.Field is { } field)
            {
                var (found, value) = FieldOf(seen.Text, field);
                var passed = found && (http.FieldValue is null || value == http.FieldValue);
                yield return Say("http-field", passed, found ? $"{field} is {value}{(http.FieldValue is null ? "" : $", expected {http.FieldValue}")}" : $"the answer has no {field}");
            }

            if (http.MaxLatency is { } most)
            {
                yield return Say("http-latency", seen.Took <= most, string.Create(CultureInfo.InvariantCulture, $"{seen.Took.TotalMilliseconds:0} ms, at most {most.TotalMilliseconds:0} ms"));
            }
        }

        IEnumerable<Check> TcpChecks(TcpTarget tcp, Answer seen)
        {
            yield return Say("tcp-connect", true, string.Create(CultureInfo.InvariantCulture, $"connected to {tcp.Host}:{tcp.Port}"));
            if (tcp.Banner is { } banner)
            {
                yield return Say("tcp-banner", seen.Text.StartsWith(banner, StringComparison.Ordinal), $"'{seen.Text}', expected '{banner}'");
            }
        }
    }

    private Check[] Unanswered(ProbeTarget target, string detail, long started) =>
        [.. Names(target).Select(name => new Check(target.Id, name, CheckVerdict.Unanswered, detail, _systemClock.GetElapsedTime(started), target.Critical))];

    /// <summary>The checks a target gives, answered or not, so that a silent one counts no less than a speaking one.</summary>
    private static IEnumerable<string> Names(ProbeTarget target) => target switch
    {
        HttpTarget http => ["http-status", .. http.Field is null ? [] : (string[])["http-field"], .. http.MaxLatency is null ? [] : (string[])["http-latency"]],
        TcpTarget tcp => ["tcp-connect", .. tcp.Banner is null ? [] : (string[])["tcp-banner"]],
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    private static (bool Found, string Value) FieldOf(string body, string path)
    {
        try
        {
            var node = JsonNode.Parse(body);
            foreach (var step in path.Split('.'))
            {
                if (node is not JsonObject map || !map.TryGetPropertyValue(step, out node))
                {
                    return (false, "");
                }
            }

            return (true, node is JsonValue value && value.TryGetValue<string>(out var text) ? text : node?.ToJsonString() ?? "null");
        }
        catch (JsonException)
        {
            return (false, "");
        }
    }

    private enum AnswerKind
    {
        Answered,
        Broken,
        None,
    }

    private sealed record Answer(AnswerKind Kind, string Text, int? Status, TimeSpan Took);
}

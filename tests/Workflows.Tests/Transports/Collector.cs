using System.Threading.Channels;
using Orchestrator.Workflows.Model.Bus;

namespace Orchestrator.Workflows.Tests.Transports;

/// <summary>Keeps the envelopes that it is handed, and lets them be awaited by count. One reader.</summary>
internal sealed class Collector
{
    private static readonly TimeSpan waitLimit = TimeSpan.FromMinutes(3);
    private readonly Channel<Envelope> arriving = Channel.CreateUnbounded<Envelope>();
    private readonly List<int> numbers = [];

    /// <summary>Of the envelopes that have been awaited, and of those that came meanwhile.</summary>
    public IReadOnlyList<int> Numbers
    {
        get
        {
            while (arriving.Reader.TryRead(out var envelope)) numbers.Add(NumberOf(envelope));
            return [.. numbers];
        }
    }

    public static Envelope Envelope(int number) => new(BitConverter.GetBytes(number));

    public static int NumberOf(Envelope envelope) => BitConverter.ToInt32(envelope.Content);

    public Task Take(Envelope envelope, CancellationToken cancellationToken) => arriving.Writer.WriteAsync(envelope, cancellationToken).AsTask();

    /// <summary>Returns when so many more have come.</summary>
    public async Task WhenAsync(int count)
    {
        using var limit = new CancellationTokenSource(waitLimit);
        for (var came = 0; came < count; came++)
        {
            try
            {
                numbers.Add(NumberOf(await arriving.Reader.ReadAsync(limit.Token)));
            }
            catch (OperationCanceledException)
            {
                Assert.Fail($"{came} of {count} envelopes came within {waitLimit}");
            }
        }
    }
}

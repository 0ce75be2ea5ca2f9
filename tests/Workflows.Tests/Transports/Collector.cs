using System.Threading.Channels;
using Orchestrator.Workflows.Model.Bus;

namespace Orchestrator.Workflows.Tests.Transports;

/// <summary>Keeps the parcels that it is handed, and lets them be awaited by count. One reader.</summary>
internal sealed class Collector
{
    private static readonly TimeSpan patience = TimeSpan.FromMinutes(3);
    private readonly Channel<Parcel> arriving = Channel.CreateUnbounded<Parcel>();
    private readonly List<int> numbers = [];

    /// <summary>Of the parcels that have been awaited, and of those that came meanwhile.</summary>
    public IReadOnlyList<int> Numbers
    {
        get
        {
            while (arriving.Reader.TryRead(out var parcel)) numbers.Add(NumberOf(parcel));
            return [.. numbers];
        }
    }

    public static Parcel Parcel(int number) => new(BitConverter.GetBytes(number));

    public static int NumberOf(Parcel parcel) => BitConverter.ToInt32(parcel.Content);

    public Task Take(Parcel parcel, CancellationToken cancellationToken) => arriving.Writer.WriteAsync(parcel, cancellationToken).AsTask();

    /// <summary>Returns when so many more have come.</summary>
    public async Task WhenAsync(int count)
    {
        using var limit = new CancellationTokenSource(patience);
        for (var came = 0; came < count; came++)
        {
            try
            {
                numbers.Add(NumberOf(await arriving.Reader.ReadAsync(limit.Token)));
            }
            catch (OperationCanceledException)
            {
                Assert.Fail($"{came} of {count} parcels came within {patience}");
            }
        }
    }
}

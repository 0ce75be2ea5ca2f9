using Orchestrator.Faults.Tests.Rig;

namespace Orchestrator.Faults.Tests;

/// <summary>One process with SQLite.</summary>
public sealed class EmbeddedTests
{
    private const int Runs = 100;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    [Fact]
    public async Task Every_effect_happens_once_when_the_process_is_killed_under_load()
    {
        await using var night = await Night.StartAsync();
        var node = await night.AddAsync("alone");
        await node.StartAsync();
        await using var load = new Load([node], night.Receiver);

        load.Start(Runs, Patience);
        foreach (var share in (double[])[0.2, 0.6])
        {
            await load.WhenAppliedAsync(share, Runs, Patience);
            await node.KillAsync();
            await node.StartAsync();
        }

        await load.WhenDoneAsync(Patience);
        await load.VerifyAsync();
    }

    [Fact]
    public async Task Every_run_goes_on_when_a_full_disk_has_room_again()
    {
        await using var night = await Night.StartAsync();
        var node = await night.AddAsync("small");
        await using var disk = await SmallDisk.TryMountAsync(node.Data, megabytes: 64);
        Assert.SkipWhen(disk is null, "a small file system can be mounted by root alone, and not everywhere");
        await node.StartAsync();
        await using var load = new Load([node], night.Receiver);

        load.Start(Runs, Patience);
        await load.WhenAppliedAsync(0.2, Runs, Patience);
        disk!.Fill();
        var said = await Load.WhenNotReadyAsync(node, Patience);
        disk.Free();
        await load.WhenDoneAsync(Patience);

        Assert.Contains("disk", said, StringComparison.OrdinalIgnoreCase);
        await load.VerifyAsync();
    }
}

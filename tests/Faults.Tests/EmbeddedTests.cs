using Orchestrator.Faults.Tests.Rig;

namespace Orchestrator.Faults.Tests;

/// <summary>One process with SQLite.</summary>
public sealed class EmbeddedTests
{
    private const int Runs = 100;
    private static readonly TimeSpan WaitLimit = TimeSpan.FromMinutes(4);

    [Fact]
    public async Task Every_effect_happens_once_when_the_process_is_killed_under_load()
    {
        await using var harness = await FaultHarness.StartAsync();
        var server = await harness.AddAsync("alone");
        await server.StartAsync();
        await using var load = new Load([server], harness.Receiver);

        load.Start(Runs, WaitLimit);
        foreach (var share in (double[])[0.2, 0.6])
        {
            await load.WhenAppliedAsync(share, Runs, WaitLimit);
            await server.KillAsync();
            await server.StartAsync();
        }

        await load.WhenDoneAsync(WaitLimit);
        await load.VerifyAsync();
    }

    [Fact]
    public async Task Every_run_goes_on_when_a_full_disk_has_room_again()
    {
        await using var harness = await FaultHarness.StartAsync();
        var server = await harness.AddAsync("small");
        await using var disk = await SmallDisk.TryMountAsync(server.Data, megabytes: 64);
        Assert.SkipWhen(disk is null, "a small file system can be mounted by root alone, and not everywhere");
        await server.StartAsync();
        await using var load = new Load([server], harness.Receiver);

        load.Start(Runs, WaitLimit);
        await load.WhenAppliedAsync(0.2, Runs, WaitLimit);
        disk!.Fill();
        var said = await Load.WhenNotReadyAsync(server, WaitLimit);
        disk.Free();
        await load.WhenDoneAsync(WaitLimit);

        Assert.Contains("disk", said, StringComparison.OrdinalIgnoreCase);
        await load.VerifyAsync();
    }
}

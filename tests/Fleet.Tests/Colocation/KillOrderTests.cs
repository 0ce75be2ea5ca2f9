using CsCheck;
using Orchestrator.Fleet.Colocation;

namespace Orchestrator.Fleet.Tests.Colocation;

public sealed class KillOrderTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 10, 23, 50, 0, TimeSpan.FromHours(8));

    [Fact]
    public void The_lowest_priority_goes_first_and_of_one_priority_whoever_has_least_to_lose()
    {
        BatchTask[] tasks =
        [
            Running("important", priority: 5900, minutes: 1),
            Running("long", priority: 5000, minutes: 30),
            Running("saved", priority: 5000, minutes: 30) with { Checkpoint = "c-7", CheckpointAt = Now.AddMinutes(-2) },
            Running("young", priority: 5000, minutes: 5),
            Running("free", priority: 3000, minutes: 600),
        ];

        Assert.Equal(["free", "saved", "young", "long", "important"], KillOrder.Choose(tasks, _ => 0, Now).Select(task => task.Name));
    }

    [Fact]
    public void Only_as_many_go_on_a_node_as_must()
    {
        var chosen = KillOrder.Choose(
            [Running("a", 5000, 1), Running("b", 5000, 2), Running("c", 5000, 3), Running("elsewhere", 5000, 1) with { Node = "n-2" }],
            node => node == "n-1" ? 4_000 : 100_000, Now);

        Assert.Equal(["a", "b"], chosen.Select(task => task.Name));
    }

    [Fact]
    public void Work_that_is_lost_counts_since_the_checkpoint_or_the_start()
    {
        Assert.Equal(4 * 60 * 10, Running("a", 5000, 10).LostCpuSeconds(Now));
        Assert.Equal(4 * 60, (Running("a", 5000, 10) with { CheckpointAt = Now.AddMinutes(-1) }).LostCpuSeconds(Now));
        Assert.Equal(0, (Running("a", 5000, 10) with { Started = null }).LostCpuSeconds(Now));
    }

    [Fact]
    public void What_stays_on_a_node_is_never_more_than_may_stay()
    {
        Gen.Select(Gen.Int[0, 3], Gen.Int[3000, 5999], Gen.Int[1, 8], Gen.Int[0, 60]).Array[0, 60].Select(Gen.Int[0, 40]).Sample((made, may) =>
        {
            var tasks = made.Select((one, i) => new BatchTask($"t-{i}", "", $"n-{one.Item1}", one.Item2, one.Item3 * 1000, Now.AddMinutes(-one.Item4), null, null)).ToArray();

            var chosen = KillOrder.Choose(tasks, _ => may * 1000, Now);

            Assert.Equal(chosen.Length, chosen.Distinct().Count());
            Assert.All(tasks.Except(chosen).GroupBy(task => task.Node), node => Assert.InRange(node.Sum(task => task.CpuMilli), 0, may * 1000));
            // None of those that went could have stayed besides: without the last of a node it would be too much.
            Assert.All(chosen.GroupBy(task => task.Node), node =>
                Assert.True(tasks.Where(task => task.Node == node.Key).Except(node.SkipLast(1)).Sum(task => task.CpuMilli) > may * 1000));
        });
    }

    private static BatchTask Running(string name, int priority, int minutes) => new(name, $"uid-{name}", "n-1", priority, 4_000, Now.AddMinutes(-minutes), null, null);
}

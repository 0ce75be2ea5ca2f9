using CsCheck;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Model.Values;
using Orchestrator.Workflows.Storage.Locks;

namespace Orchestrator.Workflows.Tests.Journals;

public sealed class LockTableTests
{
    private static readonly RunId[] runs = [.. Enumerable.Range(1, 6).Select(number => new RunId(new Guid(number, 0, 0, new byte[8])))];

    [Theory]
    [InlineData("cluster/a", "cluster/a", true)]
    [InlineData("cluster/a", "cluster/b", false)]
    [InlineData("cluster/*", "cluster/b", true)]
    [InlineData("*", "anything", true)]
    [InlineData("cluster/h*", "cluster/*", true)]
    [InlineData("cluster/a", "cluster/ab", false)]
    public void Names_overlap_when_either_matches_the_other(string a, string b, bool overlap)
    {
        Assert.Equal(overlap, LockView.Overlap(a, b));
        Assert.Equal(overlap, LockView.Overlap(b, a));
    }

    [Fact]
    public void A_run_whose_tree_holds_the_resource_goes_before_those_that_wait_for_it()
    {
        var table = new LockTable();
        table.Apply(Change(runs[0], new RequestLock(StepPath.Root, ["cluster/*"])));
        table.Apply(Change(runs[1], new RequestLock(StepPath.Root, ["cluster/*"])));

        var news = table.Apply(Change(runs[0], new RequestLock(new StepPath("a"), ["cluster/a"])));

        Assert.Equal(new LockGranted(runs[0], new StepPath("a"), 2), Assert.Single(news));
    }

    [Fact]
    public void A_loss_is_told_until_the_run_has_journaled_it()
    {
        var table = new LockTable();
        table.Apply(Change(runs[0], new RequestLock(StepPath.Root, ["a"])));
        table.Apply(Change(runs[0], new AcknowledgeLock(StepPath.Root, Loss: false)));

        table.Apply(Change(runs[1], new RequestLock(StepPath.Root, ["a"])) with { Lane = Lane.Emergency, StartedBy = "eve" });

        Assert.Contains(new LockTaken(runs[0], StepPath.Root, runs[1], "eve", 1), table.Untold());
        table.Apply(Change(runs[0], new AcknowledgeLock(StepPath.Root, Loss: true)));
        Assert.DoesNotContain(table.Untold(), news => news.Run == runs[0]);
    }

    [Fact]
    public void A_loss_is_told_though_the_run_has_journaled_the_grant_only_after_it()
    {
        var table = new LockTable();
        table.Apply(Change(runs[0], new RequestLock(StepPath.Root, ["a"])));
        table.Apply(Change(runs[1], new RequestLock(StepPath.Root, ["a"])) with { Lane = Lane.Emergency, StartedBy = "eve" });

        table.Apply(Change(runs[0], new AcknowledgeLock(StepPath.Root, Loss: false)));

        Assert.Contains(new LockTaken(runs[0], StepPath.Root, runs[1], "eve", 1), table.Untold());
    }

    [Fact]
    public void Whatever_happens_no_two_trees_hold_the_same_and_tokens_rise_and_nothing_is_left()
    {
        string[] resources = ["a/1", "a/2", "a/*", "b", "*"];
        var names = Gen.Int[0, resources.Length - 1].Select(index => resources[index]);
        var step = Gen.Select(Gen.Int[0, runs.Length - 1], Gen.Int[0, 2], names, Gen.Bool);
        step.List[1, 60].Sample(steps =>
        {
            var table = new LockTable();
            var lastToken = 0L;
            foreach (var (run, what, name, emergency) in steps)
            {
                var transition = what switch
                {
                    0 or 1 => Change(runs[run], new RequestLock(new StepPath($"s{what}"), [name])),
                    _ => Change(runs[run]) with { Ends = true },
                };
                foreach (var news in table.Apply(transition with { Lane = emergency ? Lane.Emergency : Lane.Normal }))
                {
                    if (news is LockGranted granted && granted.Token > lastToken) lastToken = granted.Token;
                }

                var held = table.Rows.Where(row => row.Held).ToList();
                Assert.All(held, row => Assert.DoesNotContain(held, other => other.Root != row.Root && other.Overlaps(row)));
                Assert.Equal(table.LastToken, Math.Max(lastToken, table.LastToken));
                Assert.Equal(held.Count, held.Select(row => row.Token).Distinct().Count());
                // Somebody always holds while somebody waits.
                Assert.True(held.Count > 0 || !table.Rows.Any(row => row.Waits));
            }

            foreach (var run in runs) table.Apply(Change(run) with { Ends = true });
            Assert.Empty(table.Rows);
        });
    }

    [Fact]
    public void It_comes_to_the_same_as_deciding_every_waiting_row_at_each_change()
    {
        string[][] resources = [["a/1"], ["a/2"], ["a/1", "a/3"], ["a/*"], ["b"], ["*"], ["a/3", "b"], []];
        var step = Gen.Select(Gen.Int[0, runs.Length - 1], Gen.Int[0, 9], Gen.Int[0, resources.Length - 1], Gen.Bool, Gen.Int[0, 2]);
        step.List[1, 80].Sample(
            steps =>
            {
                var (table, plain) = (new LockTable(), new PlainLockTable());
                foreach (var (number, what, names, emergency, path) in steps)
                {
                    // Two runs of a tree, and four alone.
                    var (run, root) = (runs[number], runs[number < 2 ? 0 : number]);
                    var at = new StepPath($"s{path}");
                    LockChange[] changes = what switch
                    {
                        <= 4 => [new RequestLock(at, [.. resources[names]])],
                        5 => [new ReleaseLock(at)],
                        6 => [new AcknowledgeLock(at, Loss: emergency)],
                        _ => [],
                    };
                    var transition = new Transition(run, root, 0, DateTimeOffset.UnixEpoch.AddSeconds(number), []) { Locks = [.. changes], StartedBy = "alice", Lane = emergency ? Lane.Emergency : Lane.Normal, Ends = what == 9 };
                    if (what == 8)
                    {
                        // As after a rollback, or a start.
                        table.Load([.. table.Rows], table.LastToken);
                        plain.Load([.. plain.Rows], plain.LastToken);
                    }

                    Assert.Equal(plain.Apply(transition), table.Apply(transition));
                    Assert.Equal(plain.Rows, table.Rows);
                    Assert.Equal(plain.Untold(), table.Untold());
                    Assert.Equal(plain.Dirty.Order(), table.Dirty.Order());
                    Assert.Equal(Shown(plain.View()), Shown(table.View()));
                    if (emergency)
                    {
                        table.Clean();
                        plain.Clean();
                    }
                }
            },
            iter: 3_000);

        static IEnumerable<string> Shown(IEnumerable<LockView> views) =>
            views.Select(view => $"{view.Run} {view.Path} {string.Join(',', view.Resources)} {view.Token} {view.At:O} [{string.Join(',', view.WaitsFor)}]");
    }

    private static Transition Change(RunId run, params LockChange[] changes) =>
        new(run, run, 0, DateTimeOffset.UnixEpoch, []) { Locks = [.. changes], StartedBy = "alice" };
}

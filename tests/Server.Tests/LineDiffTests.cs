using Orchestrator.Server.Runbooks;

namespace Orchestrator.Server.Tests;

public sealed class LineDiffTests
{
    [Fact]
    public void It_covers_both_texts_in_order_says_same_only_of_what_is_and_has_the_fewest_edits()
    {
        var random = new Random(11);
        for (var round = 0; round < 3000; round++)
        {
            var (left, right) = (Lines(random), Lines(random));

            var (blocks, tooDifferent) = LineDiff.Of(left, right);

            Assert.False(tooDifferent);
            Covers(blocks, left, right);
            Assert.Equal(left.Length + right.Length - (2 * Common(left, right)), blocks.Where(block => !block.Same).Sum(block => block.LeftCount + block.RightCount));
        }
    }

    [Fact]
    public void Beyond_so_many_edits_it_is_cut_off_and_still_covers_both_texts()
    {
        var left = Enumerable.Range(0, 40_000).Select(line => line < 10 ? "head" : $"left {line}").ToArray();
        var right = Enumerable.Range(0, 40_000).Select(line => line < 10 ? "head" : $"right {line}").ToArray();

        var (blocks, tooDifferent) = LineDiff.Of(left, right);

        Assert.True(tooDifferent);
        Assert.Equal([(true, 10, 10), (false, 39_990, 39_990)], blocks.Select(block => (block.Same, block.LeftCount, block.RightCount)));
        Covers(blocks, left, right);
        Assert.False(LineDiff.Of(left[..500], right[..500]).TooDifferent);
        Assert.True(SourceDiff.Of("a", string.Join('\n', left), "b", string.Join('\n', right)).TooDifferent);
    }

    [Fact]
    public void The_spans_of_changed_lines_lie_within_them()
    {
        var diff = SourceDiff.Of("a", "one\ntwo three\nfour", "b", "one\r\ntwo tree\r\nfour\r\nfive");

        Assert.Equal(["same", "changed", "same", "added"], diff.Lines.Select(line => line.Kind));
        Assert.Equal((2, 1), (diff.Added, diff.Removed));
        var changed = diff.Lines[1];
        Assert.Equal("three", string.Concat(changed.Left!.Changed.Select(span => changed.Left.Text.Substring(span.Start, span.Length))));
        Assert.Equal("tree", string.Concat(changed.Right!.Changed.Select(span => changed.Right.Text.Substring(span.Start, span.Length))));
    }

    private static void Covers(IEnumerable<DiffBlock> blocks, string[] left, string[] right)
    {
        var (l, r) = (0, 0);
        foreach (var block in blocks)
        {
            Assert.Equal((l, r), (block.Left, block.Right));
            if (block.Same) Assert.Equal(left[l..(l + block.LeftCount)], right[r..(r + block.RightCount)]);
            (l, r) = (l + block.LeftCount, r + block.RightCount);
        }

        Assert.Equal((left.Length, right.Length), (l, r));
    }

    private static string[] Lines(Random random) => [.. Enumerable.Range(0, random.Next(12)).Select(_ => ((char)('a' + random.Next(4))).ToString())];

    private static int Common(string[] left, string[] right)
    {
        var longest = new int[left.Length + 1, right.Length + 1];
        for (var l = 1; l <= left.Length; l++)
        {
            for (var r = 1; r <= right.Length; r++)
            {
                longest[l, r] = left[l - 1] == right[r - 1] ? longest[l - 1, r - 1] + 1 : Math.Max(longest[l - 1, r], longest[l, r - 1]);
            }
        }

        return longest[left.Length, right.Length];
    }
}

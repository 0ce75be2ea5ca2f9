using System.Collections.Immutable;

namespace Orchestrator.Server.Runbooks;

/// <summary>A stretch of two texts: lines that are the same, or lines of the left that lines of the right stand for.</summary>
/// <param name="Left">First line on the left, from 0.</param>
/// <param name="Right">First line on the right, from 0.</param>
internal readonly record struct DiffBlock(bool Same, int Left, int LeftCount, int Right, int RightCount);

/// <summary>
/// The fewest lines that make one text the other (E. Myers, "An O(ND) difference algorithm and its variations", 1986), as long as they are few:
/// its work grows with the number of edits. Beyond <see cref="MostEdits"/> what lies between the common head and tail is one stretch.
/// </summary>
internal static class LineDiff
{
    /// <summary>Lines taken away and added together. Keeps the work below some 40 million steps, and 2 MiB of memory.</summary>
    public const int MostEdits = 1000;

    public static (ImmutableArray<DiffBlock> Blocks, bool TooDifferent) Of(IReadOnlyList<string> left, IReadOnlyList<string> right, int mostEdits = MostEdits)
    {
        var head = 0;
        while (head < left.Count && head < right.Count && left[head] == right[head]) head++;
        var tail = 0;
        while (tail < left.Count - head && tail < right.Count - head && left[^(tail + 1)] == right[^(tail + 1)]) tail++;

        var (leftCount, rightCount) = (left.Count - head - tail, right.Count - head - tail);
        var blocks = new BlockList();
        blocks.Add(new DiffBlock(true, 0, head, 0, head));
        var trace = Trace(left, right, head, leftCount, rightCount, mostEdits);
        if (trace is null) blocks.Add(new DiffBlock(false, head, leftCount, head, rightCount));
        else AddPath(blocks, trace, head, leftCount, rightCount);
        blocks.Add(new DiffBlock(true, head + leftCount, tail, head + rightCount, tail));
        return (blocks.ToImmutable(), trace is null);
    }

    /// <summary>The furthest column on each diagonal after each number of edits; null: there are more edits than that.</summary>
    private static List<int[]>? Trace(IReadOnlyList<string> left, IReadOnlyList<string> right, int from, int leftCount, int rightCount, int mostEdits)
    {
        var trace = new List<int[]>();
        for (var edits = 0; edits <= mostEdits; edits++)
        {
            var before = edits == 0 ? [0] : trace[^1];
            var furthest = new int[(2 * edits) + 1];
            trace.Add(furthest);
            for (var diagonal = -edits; diagonal <= edits; diagonal += 2)
            {
                var column = edits == 0 ? 0 : Step(before, edits, diagonal);
                var row = column - diagonal;
                while (column < leftCount && row < rightCount && row >= 0 && left[from + column] == right[from + row]) (column, row) = (column + 1, row + 1);
                furthest[diagonal + edits] = column;
                if (column >= leftCount && row >= rightCount) return trace;
            }
        }

        return null;
    }

    /// <summary>Where the edit to this diagonal leads: down from the one above, which adds a line, or right from the one below, which takes one away.</summary>
    private static int Step(int[] before, int edits, int diagonal) => Adds(before, edits, diagonal) ? At(before, edits, diagonal + 1) : At(before, edits, diagonal - 1) + 1;

    private static bool Adds(int[] before, int edits, int diagonal) =>
        diagonal == -edits || (diagonal != edits && At(before, edits, diagonal - 1) < At(before, edits, diagonal + 1));

    private static int At(int[] before, int edits, int diagonal) => before[diagonal + edits - 1];

    private static void AddPath(BlockList blocks, List<int[]> trace, int from, int leftCount, int rightCount)
    {
        var backwards = new List<DiffBlock>();
        var (column, row) = (leftCount, rightCount);
        for (var edits = trace.Count - 1; edits >= 0; edits--)
        {
            var diagonal = column - row;
            var begin = edits == 0 ? 0 : Step(trace[edits - 1], edits, diagonal);
            backwards.Add(new DiffBlock(true, from + begin, column - begin, from + begin - diagonal, column - begin));
            if (edits == 0) break;

            (column, row) = (begin, begin - diagonal);
            var adds = Adds(trace[edits - 1], edits, diagonal);
            (column, row) = adds ? (column, row - 1) : (column - 1, row);
            backwards.Add(new DiffBlock(false, from + column, adds ? 0 : 1, from + row, adds ? 1 : 0));
        }

        for (var i = backwards.Count - 1; i >= 0; i--) blocks.Add(backwards[i]);
    }

    /// <summary>Joins neighbours of one kind.</summary>
    private sealed class BlockList
    {
        private readonly List<DiffBlock> _blocks = [];

        public void Add(DiffBlock block)
        {
            if (block is { LeftCount: 0, RightCount: 0 }) return;
            if (_blocks.Count > 0 && _blocks[^1] is var last && last.Same == block.Same)
            {
                _blocks[^1] = last with { LeftCount = last.LeftCount + block.LeftCount, RightCount = last.RightCount + block.RightCount };
                return;
            }

            _blocks.Add(block);
        }

        public ImmutableArray<DiffBlock> ToImmutable() => [.. _blocks];
    }
}

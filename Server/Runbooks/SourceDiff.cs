using DiffPlex.DiffBuilder;
using DiffPlex.DiffBuilder.Model;

namespace Orchestrator.Server.Runbooks;

/// <summary>Two texts line by line, as a page shows them side by side.</summary>
internal static class SourceDiff
{
    // Comparing two lines word by word is quadratic: longer ones differ as a whole, and so does what comes after so much work.
    private const int LongestLine = 1000;
    private const long MostWork = 4_000_000;

    public static DiffResponse Of(string from, string left, string to, string right)
    {
        var (old, now) = (Lines(left), Lines(right));
        var (blocks, tooDifferent) = LineDiff.Of(old, now);
        var lines = new List<DiffLine>(Math.Max(old.Length, now.Length));
        var work = 0L;
        foreach (var block in blocks)
        {
            for (var i = 0; i < Math.Max(block.LeftCount, block.RightCount); i++)
            {
                var (l, r) = (block.Left + i, block.Right + i);
                lines.Add(
                    block.Same ? new DiffLine("same", new DiffSide(l + 1, old[l], []), new DiffSide(r + 1, now[r], []))
                    : i >= block.LeftCount ? new DiffLine("added", null, new DiffSide(r + 1, now[r], []))
                    : i >= block.RightCount ? new DiffLine("removed", new DiffSide(l + 1, old[l], []), null)
                    : Changed(l + 1, old[l], r + 1, now[r], ref work));
            }
        }

        return new DiffResponse(
            from, to, lines.Count(line => line.Kind is "added" or "changed"), lines.Count(line => line.Kind is "removed" or "changed"), lines, tooDifferent);
    }

    private static string[] Lines(string text) => text.Split(["\r\n", "\n", "\r"], StringSplitOptions.None);

    private static DiffLine Changed(int leftNumber, string left, int rightNumber, string right, ref long work)
    {
        work += (long)(left.Length + 1) * (right.Length + 1);
        if (left.Length > LongestLine || right.Length > LongestLine || work > MostWork)
        {
            return new DiffLine("changed", new DiffSide(leftNumber, left, Whole(left)), new DiffSide(rightNumber, right, Whole(right)));
        }

        var words = SideBySideDiffBuilder.Diff(left, right, ignoreWhiteSpace: false);
        return new DiffLine("changed", new DiffSide(leftNumber, left, Spans(words.OldText)), new DiffSide(rightNumber, right, Spans(words.NewText)));
    }

    private static List<DiffSpan> Whole(string line) => line.Length == 0 ? [] : [new DiffSpan(0, line.Length)];

    private static List<DiffSpan> Spans(DiffPaneModel line)
    {
        var spans = new List<DiffSpan>();
        var at = 0;
        foreach (var part in line.Lines.SelectMany(piece => piece.SubPieces).Where(part => part.Text is not null))
        {
            if (part.Type is not ChangeType.Unchanged)
            {
                spans.Add(new DiffSpan(at, part.Text.Length));
            }

            at += part.Text.Length;
        }

        return spans;
    }
}

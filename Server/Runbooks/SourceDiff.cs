using DiffPlex.DiffBuilder;
using DiffPlex.DiffBuilder.Model;

namespace Orchestrator.Server.Runbooks;

/// <summary>Two texts line by line, as a page shows them side by side.</summary>
internal static class SourceDiff
{
    public static DiffAnswer Of(string from, string left, string to, string right)
    {
        var diff = SideBySideDiffBuilder.Diff(left, right, ignoreWhiteSpace: false);
        var lines = diff.OldText.Lines.Zip(diff.NewText.Lines, Line).ToList();
        return new DiffAnswer(
            from, to, lines.Count(line => line.Kind is "added" or "changed"), lines.Count(line => line.Kind is "removed" or "changed"), lines);
    }

    private static DiffLine Line(DiffPiece old, DiffPiece now) => new(
        old.Type == ChangeType.Unchanged ? "same" : old.Position is null ? "added" : now.Position is null ? "removed" : "changed",
        Side(old), Side(now));

    private static DiffSide? Side(DiffPiece piece)
    {
        if (piece.Position is not { } number)
        {
            return null;
        }

        var spans = new List<DiffSpan>();
        var at = 0;
        foreach (var part in piece.SubPieces.Where(part => part.Text is not null))
        {
            if (part.Type is not ChangeType.Unchanged)
            {
                spans.Add(new DiffSpan(at, part.Text.Length));
            }

            at += part.Text.Length;
        }

        return new DiffSide(number, piece.Text, spans);
    }
}

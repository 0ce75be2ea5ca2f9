using System.Globalization;
using System.Text;

namespace Orchestrator.Server.Output;

/// <summary>
/// Text as a terminal or a log may have it: what steers a terminal, turns the direction of writing or does not show is written
/// as a sign, so that no title, name or reason can send commands or forge a line.
/// </summary>
internal static class Printable
{
    /// <summary>One line: line ends are shown too. Tabs stay, as columns of tables are parted by them.</summary>
    public static string Line(string? text) => Show(text ?? "", lines: false);

    /// <summary>Text of several lines, as a document that a command prints whole.</summary>
    public static string Lines(string? text) => Show(text ?? "", lines: true);

    /// <summary>A cell of a table or a word of a line: tabs are shown too.</summary>
    public static string Cell(string? text) => Line(text).Replace('\t', '␉');

    /// <summary>A line for Spectre's markup.</summary>
    public static string Markup(string? text) => Spectre.Console.Markup.Escape(Cell(text));

    private static string Show(string text, bool lines)
    {
        var at = 0;
        while (at < text.Length && !Hides(text, at, lines)) at++;
        if (at == text.Length) return text;

        var shown = new StringBuilder(text, 0, at, text.Length + 16);
        for (; at < text.Length; at++)
        {
            if (char.IsHighSurrogate(text[at]) && at + 1 < text.Length && char.IsLowSurrogate(text[at + 1]))
            {
                // Outside the basic plane only the unseen tags and what stands for nothing is hidden.
                if (Rune.GetUnicodeCategory(new Rune(text[at], text[at + 1])) is UnicodeCategory.Format or UnicodeCategory.Control) shown.Append(CultureInfo.InvariantCulture, $"\\u{(int)text[at]:x4}\\u{(int)text[at + 1]:x4}");
                else shown.Append(text, at, 2);
                at++;
            }
            else if (!Hides(text, at, lines)) shown.Append(text[at]);
            else if (text[at] < ' ') shown.Append((char)('\u2400' + text[at]));
            else if (text[at] == '\u007F') shown.Append('␡');
            else shown.Append(CultureInfo.InvariantCulture, $"\\u{(int)text[at]:x4}");
        }

        return shown.ToString();
    }

    /// <summary>Surrogates count as hiding here; whether they are a pair that shows is seen where they are written.</summary>
    private static bool Hides(string text, int at, bool lines) => text[at] switch
    {
        '\t' => false,
        '\n' => !lines,
        >= ' ' and < '\u007F' => false,
        var c => char.IsControl(c) || char.IsSurrogate(c)
            || char.GetUnicodeCategory(c) is UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator,
    };
}

using System.Globalization;
using System.Text;

namespace Orchestrator.Workflows.Model.People;

/// <summary>
/// Who a person is, however the name was typed: the only form in which people are compared. Letter case and full-width
/// forms do not count. A name has 1 to 64 characters: <c>a</c> to <c>z</c>, or Han characters and no Latin letters beside
/// them, with digits and <c>.</c>, <c>_</c>, <c>-</c>, <c>@</c> between them. Everything else is refused: where two
/// spellings look alike, one person could count as two.
/// </summary>
public readonly record struct PersonId
{
    /// <summary>The longest name, in characters.</summary>
    public const int Longest = 64;

    private readonly string? value;

    private PersonId(string value) => this.value = value;

    /// <summary>The name that is kept and compared.</summary>
    public string Value => value ?? "";

    /// <summary>Reads a name as somebody typed it; blanks around it do not count.</summary>
    /// <param name="text">The name.</param>
    /// <param name="id">Of the name; meaningless when this gives false.</param>
    /// <param name="diagnostic">Why it is no name, and how to write it; empty when it is one.</param>
    public static bool TryParse(string? text, out PersonId id, out string diagnostic)
    {
        id = default;
        var typed = (text ?? "").Trim();
        var folded = new StringBuilder(Math.Min(typed.Length, Longest));
        var (latin, han, count) = (false, false, 0);
        foreach (var rune in typed.EnumerateRunes())
        {
            if (++count > Longest)
            {
                diagnostic = $"a name has at most {Longest} characters, and this one has {typed.EnumerateRunes().Count()}";
                return false;
            }

            var folds = Fold(rune);
            if (IsHan(folds.Value)) han = true;
            else if (folds.Value is >= 'a' and <= 'z') latin = true;
            else if (!IsDigit(folds.Value) && !IsJoint(folds.Value))
            {
                diagnostic = $"{Describe(rune)} cannot stand in a name; write it with the letters a to z, or in Han characters, with digits and . _ - @";
                return false;
            }

            if (latin && han)
            {
                diagnostic = $"{Describe(rune)} is of another script than the letters before it; write the name in one script";
                return false;
            }

            folded.Append(folds.ToString());
        }

        diagnostic = count == 0 ? "a name has at least one character"
            : IsJoint(folded[0]) || IsJoint(folded[^1]) ? "a name begins and ends with a letter or a digit"
            : "";
        id = new PersonId(folded.ToString());
        return diagnostic.Length == 0;
    }

    /// <summary>
    /// Of a name that the journal has. A text that is no person's name, as a trigger's, stands for itself and equals nobody's name.
    /// </summary>
    public static PersonId Of(string journaled) => TryParse(journaled, out var id, out _) ? id : new PersonId(journaled);

    public override string ToString() => Value;

    /// <summary>Full-width forms and capital letters. Text normalization of the platform does nothing without its globalization data, so the rule is our own.</summary>
    private static Rune Fold(Rune rune)
    {
        var code = rune.Value is >= 0xFF01 and <= 0xFF5E ? rune.Value - 0xFF01 + '!' : rune.Value;
        return new Rune(code is >= 'A' and <= 'Z' ? code - 'A' + 'a' : code);
    }

    /// <summary>The unified ideographs. The compatibility ones and the radicals look like them and are not among them.</summary>
    private static bool IsHan(int code) => code is 0x3007 or (>= 0x3400 and <= 0x4DBF) or (>= 0x4E00 and <= 0x9FFF) or (>= 0x20000 and <= 0x2A6DF) or (>= 0x2A700 and <= 0x2EE5D) or (>= 0x30000 and <= 0x323AF);

    private static bool IsDigit(int code) => code is >= '0' and <= '9';

    private static bool IsJoint(int code) => code is '.' or '_' or '-' or '@';

    /// <summary>The code point; the character itself only where it shows and moves nothing around it.</summary>
    private static string Describe(Rune rune)
    {
        var code = string.Create(CultureInfo.InvariantCulture, $"U+{rune.Value:X4}");
        return Rune.GetUnicodeCategory(rune) switch
        {
            UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.OtherNotAssigned or UnicodeCategory.PrivateUse or UnicodeCategory.Surrogate
                or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator => $"{code} (invisible)",
            UnicodeCategory.SpaceSeparator => $"{code} (a blank)",
            UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.SpacingCombiningMark => $"{code} (a combining mark)",
            // Letters by their category, and blank by their picture.
            _ when rune.Value is 0x115F or 0x1160 or 0x3164 or 0xFFA0 or 0x2800 => $"{code} (invisible)",
            _ => $"{code} ({rune})",
        };
    }
}

using Orchestrator.Workflows.Model.Activities;
using Orchestrator.Workflows.Model.People;

namespace Orchestrator.Workflows.Tests.People;

/// <summary>One person is one, however the name is spelt: a spelling is the same person or nobody.</summary>
public sealed class PersonIdTests
{
    /// <summary>Spellings that are <c>bob</c>, and those that nobody may use.</summary>
    public static TheoryData<string, bool> Spellings => new()
    {
        { "Bob", true }, { "BOB", true }, { " bob ", true }, { "bob\t", true }, { "\u00A0bob\u3000", true }, { "ｂob", true }, { "ＢＯＢ", true },
        // Letters of other scripts that look the same.
        { "bоb", false }, { "Ьоь", false }, { "βοβ", false }, { "bοb", false }, { "Ꮟob", false }, { "bօb", false },
        // NFC and NFD, combining marks.
        { "bób", false }, { "bo\u0301b", false }, { "b\u20DDob", false },
        // What nobody sees.
        { "bo\u200Bb", false }, { "bo\u00ADb", false }, { "bo\u2060b", false }, { "\uFEFFbob", false }, { "bob\u200F", false }, { "\u202Ebob", false }, { "bob\u3164", false },
        { "bo\uFFA0b", false }, { "bo\u2800b", false }, { "bo\u180Eb", false }, { "bo\uFE0Fb", false }, { "bob\U000E0062", false }, { "bo\0b", false }, { "bob\u0007", false }, { "bo\u0085b", false },
        // Blanks and joints.
        { "b ob", false }, { "bo\u2003b", false }, { "bob.", false }, { ".bob", false }, { "bob-", false }, { "bob\u2024", false }, { "bob\u3002", false },
        // Quotes and markup.
        { "'bob'", false }, { "\"bob\"", false }, { "<b>bob</b>", false }, { "bob;", false }, { "bob/", false }, { "bob:", false },
        // Compatibility forms that text normalization would fold.
        { "𝐛𝐨𝐛", false }, { "ⓑⓞⓑ", false }, { "ᵇob", false }, { "b\u2092b", false },
        // Unpaired surrogates.
        { "bob\uD800", false },
    };

    [Theory]
    [MemberData(nameof(Spellings))]
    public void A_spelling_of_a_name_is_the_same_person_or_nobody(string spelling, bool same)
    {
        var bob = PersonId.Of("bob");

        var known = PersonId.TryParse(spelling, out var id, out var diagnostic);

        Assert.Equal((same, same), (known, known && id == bob));
        Assert.Equal(same, diagnostic.Length == 0);
    }

    [Theory]
    [InlineData("İpek")]
    [InlineData("ıpek")]
    [InlineData("straße")]
    [InlineData("ﬁona")]
    [InlineData("ſam")]
    [InlineData("\u212Aurt")]
    [InlineData("ﬀ")]
    [InlineData("ⅳ")]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("...")]
    [InlineData("\uF900")]
    [InlineData("\u2F00")]
    [InlineData("张wei")]
    [InlineData("weiＡ张")]
    [InlineData("口ロ")]
    public void Letters_that_fold_into_others_and_mixed_scripts_are_refused(string name) => Assert.False(PersonId.TryParse(name, out _, out _));

    [Fact]
    public void A_name_has_at_most_64_characters()
    {
        Assert.True(PersonId.TryParse(new string('x', 64), out _, out _));
        Assert.True(PersonId.TryParse(string.Concat(Enumerable.Repeat("\U00020000", 64)), out _, out _));
        Assert.False(PersonId.TryParse(new string('x', 65), out _, out var diagnostic));
        Assert.Contains("64", diagnostic, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("王芳", "王芳")]
    [InlineData("王芳.2", "王芳.2")]
    [InlineData("Ann.Lee@Example.COM", "ann.lee@example.com")]
    [InlineData("ops-1_a", "ops-1_a")]
    public void Ordinary_names_are_kept(string name, string kept)
    {
        Assert.True(PersonId.TryParse(name, out var id, out _));
        Assert.Equal(kept, id.Value);
    }

    [Theory]
    [InlineData("bo\u200Bb", "U+200B (invisible)")]
    [InlineData("bob\u3164", "U+3164 (invisible)")]
    [InlineData("bo\u0301b", "U+0301 (a combining mark)")]
    [InlineData("bоb", "U+043E (о)")]
    [InlineData("b\u001Bb", "U+001B (invisible)")]
    public void What_is_refused_is_told_by_its_code_point_and_nothing_unseen_stands_in_the_message(string name, string told)
    {
        Assert.False(PersonId.TryParse(name, out _, out var diagnostic));

        Assert.Contains(told, diagnostic, StringComparison.Ordinal);
        Assert.DoesNotContain(diagnostic, c => char.IsControl(c) || char.GetUnicodeCategory(c) is System.Globalization.UnicodeCategory.Format or System.Globalization.UnicodeCategory.NonSpacingMark);
    }

    [Fact]
    public void Every_character_that_is_accepted_is_a_letter_a_digit_or_a_joint_that_shows()
    {
        for (var code = 0; code <= 0x10FFFF; code++)
        {
            if (code is >= 0xD800 and <= 0xDFFF) continue;

            var text = char.ConvertFromUtf32(code);
            if (!PersonId.TryParse($"1{text}1", out var id, out _)) continue;

            Assert.True(
                code < 0x80 || code is >= 0xFF01 and <= 0xFF5E || System.Globalization.CharUnicodeInfo.GetUnicodeCategory(code) is System.Globalization.UnicodeCategory.OtherLetter or System.Globalization.UnicodeCategory.LetterNumber or System.Globalization.UnicodeCategory.OtherNotAssigned,
                $"U+{code:X4}");
            // Folded once is folded for ever.
            Assert.Equal(id, PersonId.Of(id.Value));
        }
    }

    [Fact]
    public void A_triggers_name_is_nobodys()
    {
        Assert.NotEqual(PersonId.Of("trigger a.1"), PersonId.Of("bob"));
        Assert.Equal(PersonId.Of("trigger a.1"), PersonId.Of("trigger a.1"));
    }

    [Theory]
    [InlineData("ALICE", null, EyesConflict.OwnRequest)]
    [InlineData("dan", "Alice", EyesConflict.OwnRequest)]
    [InlineData("Bob", null, EyesConflict.CountedBefore)]
    [InlineData("EVE", null, EyesConflict.CountedBefore)]
    [InlineData("Fay", null, EyesConflict.CountedBefore)]
    [InlineData("dan", "BOB", EyesConflict.CountedBefore)]
    [InlineData("dan", "FAY", EyesConflict.CountedBefore)]
    [InlineData("bob", "dan", EyesConflict.CountedBefore)]
    [InlineData("dan", null, EyesConflict.None)]
    [InlineData("dan", "Gus", EyesConflict.None)]
    public void Nobody_decides_on_their_own_request_or_counts_twice(string by, string? onBehalfOf, EyesConflict conflict) =>
        Assert.Equal(conflict, FourEyes.Check("alice", by, onBehalfOf, [new JournaledDecision("bob", null), new JournaledDecision("eve", "fay")]));
}

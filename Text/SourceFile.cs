using System.Text;

namespace Orchestrator.Text;

/// <summary>The text of a file somebody gave us, after the checks that spare every reader from rubbish: size, emptiness, encoding.</summary>
public static class SourceFile
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads at most <paramref name="limit"/> bytes of UTF-8. Null: a diagnostic was added.</summary>
    /// <param name="whatItHolds">For messages: <c>a profile (YAML, see docs/fleet.md)</c>.</param>
    /// <param name="codeOf">The code of a diagnostic by its kind.</param>
    public static string? ReadText(Stream content, int limit, string whatItHolds, Func<SourceFault, string> codeOf, DiagnosticList diagnostics)
    {
        var bytes = ReadAtMost(content, limit + 1);
        if (bytes.Length > limit)
        {
            diagnostics.Error(new Position(1, 1), codeOf(SourceFault.TooLarge),
                $"the file is larger than {limit / (1024 * 1024)} MiB, too large for {whatItHolds}; is it the right file?");
            return null;
        }

        return Decode(bytes, whatItHolds, codeOf, diagnostics);
    }

    /// <summary>UTF-8 as text, without a byte order mark; null: it is not UTF-8.</summary>
    /// <param name="broken">Where the first bytes are that are not UTF-8.</param>
    public static string? Decode(ReadOnlySpan<byte> bytes, out Position broken) => DecodeRest(WithoutMark(bytes), out broken);

    private static string? DecodeRest(ReadOnlySpan<byte> bytes, out Position broken)
    {
        broken = default;
        try
        {
            return Strict.GetString(bytes);
        }
        catch (DecoderFallbackException e)
        {
            broken = EndOf(bytes[..Math.Clamp(e.Index, 0, bytes.Length)]);
            return null;
        }
    }

    private static string? Decode(ReadOnlySpan<byte> bytes, string whatItHolds, Func<SourceFault, string> codeOf, DiagnosticList diagnostics)
    {
        bytes = WithoutMark(bytes);
        if (bytes.IndexOf((byte)0) is >= 0 and var zero)
        {
            diagnostics.Error(EndOf(bytes[..zero]), codeOf(SourceFault.Binary), NotText(whatItHolds));
            return null;
        }

        if (DecodeRest(bytes, out var broken) is not { } text)
        {
            diagnostics.Error(broken, codeOf(SourceFault.Binary), NotText(whatItHolds));
            return null;
        }

        if (string.IsNullOrWhiteSpace(text))
        {
            diagnostics.Error(new Position(1, 1), codeOf(SourceFault.Empty), $"the file is empty; it must hold {whatItHolds}");
            return null;
        }

        return text;
    }

    private static ReadOnlySpan<byte> WithoutMark(ReadOnlySpan<byte> bytes) => bytes.StartsWith(Encoding.UTF8.Preamble) ? bytes[Encoding.UTF8.Preamble.Length..] : bytes;

    private static string NotText(string whatItHolds) => $"this is not UTF-8 text; give {whatItHolds} saved as UTF-8";

    /// <summary>The place after these bytes.</summary>
    private static Position EndOf(ReadOnlySpan<byte> before) => new(before.Count((byte)'\n') + 1, before.Length - (before.LastIndexOf((byte)'\n') + 1) + 1);

    private static byte[] ReadAtMost(Stream content, int limit)
    {
        using var kept = new MemoryStream();
        var buffer = new byte[81920];
        while (kept.Length < limit)
        {
            var read = content.Read(buffer, 0, (int)Math.Min(buffer.Length, limit - kept.Length));
            if (read == 0)
            {
                break;
            }

            kept.Write(buffer, 0, read);
        }

        return kept.ToArray();
    }
}

/// <summary>What can be wrong with a file before anybody reads its text.</summary>
public enum SourceFault
{
    /// <summary>It is not UTF-8 text.</summary>
    Binary,

    /// <summary>It holds nothing.</summary>
    Empty,

    /// <summary>It is larger than such a file may be.</summary>
    TooLarge,
}

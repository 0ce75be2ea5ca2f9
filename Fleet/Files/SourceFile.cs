using System.Text;

namespace Orchestrator.Fleet.Files;

/// <summary>The text of a file somebody gave us, after the checks that spare every reader from rubbish: size, emptiness, encoding.</summary>
internal static class SourceFile
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads at most <paramref name="limit"/> bytes of UTF-8. Null: a problem was added.</summary>
    public static string? ReadText(string file, Stream content, int limit, string whatItHolds, List<FileProblem> problems)
    {
        var bytes = ReadAtMost(content, limit + 1);
        if (bytes.Length > limit)
        {
            problems.Add(new(file, 1, 1, "FL003",
                $"the file is larger than {limit / (1024 * 1024)} MiB, too large for {whatItHolds}; is it the right file?"));
            return null;
        }

        return Decode(file, bytes, whatItHolds, problems);
    }

    private static string? Decode(string file, ReadOnlySpan<byte> bytes, string whatItHolds, List<FileProblem> problems)
    {
        if (bytes.StartsWith(Encoding.UTF8.Preamble))
        {
            bytes = bytes[Encoding.UTF8.Preamble.Length..];
        }

        if (bytes.IndexOf((byte)0) is >= 0 and var zero)
        {
            problems.Add(Binary(file, bytes[..zero], whatItHolds));
            return null;
        }

        string text;
        try
        {
            text = Strict.GetString(bytes);
        }
        catch (DecoderFallbackException e)
        {
            problems.Add(Binary(file, bytes[..Math.Clamp(e.Index, 0, bytes.Length)], whatItHolds));
            return null;
        }

        if (string.IsNullOrWhiteSpace(text))
        {
            problems.Add(new(file, 1, 1, "FL002", $"the file is empty; it must hold {whatItHolds}"));
            return null;
        }

        return text;
    }

    private static FileProblem Binary(string file, ReadOnlySpan<byte> before, string whatItHolds)
    {
        var line = before.Count((byte)'\n') + 1;
        var column = before.Length - (before.LastIndexOf((byte)'\n') + 1) + 1;
        return new(file, line, column, "FL001", $"this is not UTF-8 text; give {whatItHolds} saved as UTF-8");
    }

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

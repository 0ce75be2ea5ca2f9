using System.Text;

namespace Orchestrator.Server.Output;

/// <summary>
/// A standard stream that may go away under the process (a full disk behind it, a terminal that is closed): what cannot be written is
/// left out and remembered. Whoever works on a night must not end because nobody reads what it says.
/// </summary>
internal sealed class SteadyWriter(TextWriter raw) : TextWriter(raw.FormatProvider)
{
    public override Encoding Encoding => raw.Encoding;

    /// <summary>Why the first text could not be written; null: all was.</summary>
    public string? Failure { get; private set; }

    public override void Write(char value) => Try(() => raw.Write(value));

    public override void Write(char[] buffer, int index, int count) => Try(() => raw.Write(buffer, index, count));

    public override void Write(ReadOnlySpan<char> buffer) => Write(buffer.ToString());

    public override void Write(string? value) => Try(() => raw.Write(value));

    public override void WriteLine() => Try(raw.WriteLine);

    public override void WriteLine(string? value) => Try(() => raw.WriteLine(value));

    public override void Flush() => Try(raw.Flush);

    private void Try(Action write)
    {
        try
        {
            write();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            Failure ??= exception.Message;
        }
    }
}

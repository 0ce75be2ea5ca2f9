using System.Text;
using Spectre.Console;

namespace Orchestrator.Server.Output;

/// <summary>
/// Standard output and standard error of this process: whatever a command writes goes through <see cref="Printable"/>. A line that is
/// written with <c>WriteLine</c> stays one line; text of several lines is written with <c>Write</c>.
/// </summary>
internal sealed class TerminalWriter(TextWriter raw) : TextWriter(raw.FormatProvider)
{
    private static SteadyWriter? _rawOutput;

    /// <summary>For pictures that move the cursor themselves; what they show of data goes through <see cref="Printable.Markup"/>.</summary>
    private static readonly Lazy<IAnsiConsole> _ansi = new(() => Ansi(Console.Out));

    public static IAnsiConsole AnsiOutput => _ansi.Value;

    public override Encoding Encoding => raw.Encoding;

    /// <summary>Once, before anything is written.</summary>
    public static void Install()
    {
        _rawOutput = new SteadyWriter(Console.Out);
        Console.SetOut(new TerminalWriter(_rawOutput));
        Console.SetError(new TerminalWriter(new SteadyWriter(Console.Error)));
    }

    /// <summary>Why something that was to be printed is not there; null: everything is, as far as the reader took it.</summary>
    public static string? OutputFailure => _rawOutput?.Failure;

    /// <summary>A console of Spectre's over a writer; over standard output it writes past this class.</summary>
    public static IAnsiConsole Ansi(TextWriter output, InteractionSupport interactive = InteractionSupport.Detect) => AnsiConsole.Create(new AnsiConsoleSettings
    {
        Out = ReferenceEquals(output, Console.Out) && _rawOutput is { } standard ? new StandardOutput(standard) : new AnsiConsoleOutput(output),
        Interactive = interactive,
    });

    public override void Write(char value) => Write(value.ToString());

    public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

    public override void Write(ReadOnlySpan<char> buffer) => Write(buffer.ToString());

    public override void Write(string? value) => raw.Write(Printable.Lines(value));

    public override void WriteLine() => raw.WriteLine();

    public override void WriteLine(string? value) => raw.WriteLine(Printable.Line(value));

    public override void WriteLine(ReadOnlySpan<char> buffer) => WriteLine(buffer.ToString());

    public override void WriteLine(char[] buffer, int index, int count) => WriteLine(new string(buffer, index, count));

    public override void WriteLine(char value) => WriteLine(value.ToString());

    public override void Flush() => raw.Flush();

    private sealed class StandardOutput(TextWriter writer) : IAnsiConsoleOutput
    {
        private const int UsualWidth = 80;
        private const int UsualHeight = 24;

        public TextWriter Writer { get; } = writer;

        public bool IsTerminal => !Console.IsOutputRedirected;

        public int Width => Size(() => Console.BufferWidth, UsualWidth);

        public int Height => Size(() => Console.WindowHeight, UsualHeight);

        public void SetEncoding(Encoding encoding) => Console.OutputEncoding = encoding;

        private static int Size(Func<int> ask, int usual)
        {
            try
            {
                return ask() is > 0 and var size ? size : usual;
            }
            catch (IOException)
            {
                // There is no terminal behind it.
                return usual;
            }
        }
    }
}

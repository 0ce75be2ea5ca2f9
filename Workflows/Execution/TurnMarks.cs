using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using Orchestrator.Workflows.Interpretation;

namespace Orchestrator.Workflows.Execution;

/// <summary>What was being decided when a process died.</summary>
/// <param name="Turn">Stable hash of <see cref="Mail.Turn"/>.</param>
/// <param name="Alone">It was decided as a suspect, so that it is known to be the culprit.</param>
internal readonly record struct TurnMark(RunId Run, ulong Turn, bool Alone);

/// <summary>
/// A small mapped file in which each thread notes the run on which it decides. Nothing is flushed: what a process has written to a mapped page
/// outlives the process, though not the machine, and a note costs no system call.
/// </summary>
internal sealed class TurnMarks : IDisposable
{
    // The first slot is for suspects, of which one is decided at a time.
    private const int Slots = 128;
    private const int SlotSize = 64;

    private readonly MemoryMappedFile file;
    private readonly MemoryMappedViewAccessor view;
    private readonly int[] taken = new int[Slots];
    private readonly Lock alone = new();

    private TurnMarks(MemoryMappedFile file)
    {
        this.file = file;
        view = file.CreateViewAccessor(0, Slots * SlotSize);
    }

    /// <summary>Opens or makes the file; it is one process's at a time. Throws <see cref="IOException"/> and <see cref="UnauthorizedAccessException"/>.</summary>
    public static TurnMarks Open(string folder)
    {
        Directory.CreateDirectory(folder);
        var stream = new FileStream(Path.Combine(folder, "turns.marks"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        if (stream.Length < Slots * SlotSize) stream.SetLength(Slots * SlotSize);
        return new TurnMarks(MemoryMappedFile.CreateFromFile(stream, null, Slots * SlotSize, MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: false));
    }

    /// <summary>What the process before this one had not ended.</summary>
    public List<TurnMark> Read()
    {
        var marks = new List<TurnMark>();
        for (var slot = 0; slot < Slots; slot++)
        {
            view.Read<Mark>(slot * SlotSize, out var mark);
            if (mark.Run != Guid.Empty) marks.Add(new TurnMark(new RunId(mark.Run), mark.Turn, Alone: slot == 0));
        }

        return marks;
    }

    /// <summary>Forgets what <see cref="Read"/> gave. Before anything is decided.</summary>
    public void Clear()
    {
        for (var slot = 0; slot < Slots; slot++) Write(slot, default);
    }

    /// <summary>Calls <paramref name="decide"/> while the note stands.</summary>
    /// <param name="suspect">One at a time with all other suspects, so that a death tells which it was.</param>
    public void Decide(RunId run, Mail mail, bool suspect, Action<Mail> decide)
    {
        var mark = new Mark { Run = run.Value, Turn = StableHash.Of(mail.Turn) };
        if (suspect)
        {
            lock (alone) Noted(0, mark, mail, decide);
            return;
        }

        var slot = Take();
        if (slot < 0)
        {
            decide(mail);
            return;
        }

        try
        {
            Noted(slot, mark, mail, decide);
        }
        finally
        {
            Volatile.Write(ref taken[slot], 0);
        }
    }

    public void Dispose()
    {
        view.Dispose();
        file.Dispose();
    }

    private void Noted(int slot, Mark mark, Mail mail, Action<Mail> decide)
    {
        Write(slot, mark);
        try
        {
            decide(mail);
        }
        finally
        {
            Write(slot, default);
        }
    }

    private void Write(int slot, Mark mark) => view.Write(slot * SlotSize, ref mark);

    /// <summary>-1: as many threads decide at once as there are slots.</summary>
    private int Take()
    {
        var first = Environment.CurrentManagedThreadId;
        for (var tried = 0; tried < Slots - 1; tried++)
        {
            var slot = 1 + (first + tried) % (Slots - 1);
            if (Interlocked.CompareExchange(ref taken[slot], 1, 0) == 0) return slot;
        }

        return -1;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Mark
    {
        public Guid Run;
        public ulong Turn;
    }
}

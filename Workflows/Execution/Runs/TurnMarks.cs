using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Execution.Runs;

/// <summary>What was being decided when a process died.</summary>
/// <param name="Turn">Stable hash of <see cref="RunRequest.Turn"/>.</param>
internal readonly record struct TurnMark(RunId Run, ulong Turn);

/// <summary>
/// A small mapped file in which each thread notes the run on which it decides. Nothing is flushed: what a process has written to a mapped page
/// outlives the process, though not the machine, and a note costs no system call. A machine that loses its power accuses nobody.
/// </summary>
internal sealed class TurnMarks : IDisposable
{
    /// <summary>No note was made: as many threads decide at once as there are slots.</summary>
    public const int None = -1;

    public const string FileName = "turns.marks";

    private const int Slots = 128;
    private const int SlotSize = 64;

    private readonly MemoryMappedFile file;
    private readonly MemoryMappedViewAccessor view;
    private readonly int[] taken = new int[Slots];

    private TurnMarks(MemoryMappedFile file)
    {
        this.file = file;
        view = file.CreateViewAccessor(0, Slots * SlotSize);
    }

    /// <summary>Opens or makes the file; it is one process's at a time. Throws <see cref="IOException"/> and <see cref="UnauthorizedAccessException"/>.</summary>
    public static TurnMarks Open(string folder)
    {
        Directory.CreateDirectory(folder);
        var stream = new FileStream(Path.Combine(folder, FileName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        try
        {
            if (stream.Length < Slots * SlotSize) stream.SetLength(Slots * SlotSize);
            return new TurnMarks(MemoryMappedFile.CreateFromFile(stream, null, Slots * SlotSize, MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: false));
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>What the process before this one had not ended.</summary>
    public List<TurnMark> Read()
    {
        var marks = new List<TurnMark>();
        for (var slot = 0; slot < Slots; slot++)
        {
            view.Read<Mark>(slot * SlotSize, out var mark);
            if (mark.Run != Guid.Empty) marks.Add(new TurnMark(new RunId(mark.Run), mark.Turn));
        }

        return marks;
    }

    /// <summary>Forgets what <see cref="Read"/> gave. Before anything is decided.</summary>
    public void Clear()
    {
        for (var slot = 0; slot < Slots; slot++) Write(slot, default);
    }

    /// <summary>Makes a note; <see cref="End"/> takes its slot.</summary>
    public int Begin(RunId run, ulong turn)
    {
        var slot = Take();
        if (slot != None) Write(slot, new Mark { Run = run.Value, Turn = turn });
        return slot;
    }

    public void End(int slot)
    {
        if (slot == None) return;

        Write(slot, default);
        Volatile.Write(ref taken[slot], 0);
    }

    public void Dispose()
    {
        view.Dispose();
        file.Dispose();
    }

    private void Write(int slot, Mark mark) => view.Write(slot * SlotSize, ref mark);

    private int Take()
    {
        var first = Environment.CurrentManagedThreadId;
        for (var tried = 0; tried < Slots; tried++)
        {
            var slot = (first + tried) % Slots;
            if (Interlocked.CompareExchange(ref taken[slot], 1, 0) == 0) return slot;
        }

        return None;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Mark
    {
        public Guid Run;
        public ulong Turn;
    }
}

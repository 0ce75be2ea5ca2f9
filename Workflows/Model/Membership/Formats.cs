namespace Orchestrator.Workflows.Model.Membership;

/// <summary>
/// The formats in which processes write what others read: events in the journal and parcels on the bus. The store holds the one in
/// force, in which every node writes; it rises once all nodes that are alive know a newer one, and never falls. So two versions of the
/// binary work side by side, and the way back stays open until the last node of the older one is gone.
/// </summary>
/// <remarks>
/// What an older binary skips (a property more in an event) needs no new format. What it cannot read does: another order of a parcel's
/// fields, another kind of event. Write it only where the format in force is new enough, and go on reading the older form.
/// </remarks>
public static class Formats
{
    /// <summary>The oldest in which this binary can still write, and read parcels. Events it reads from the first on.</summary>
    public const int Oldest = 2;

    /// <summary>3: a task tells when its attempt times out. 4: a run may end <c>undo-incomplete</c>. 5: tasks and results carry the context of a trace.</summary>
    public const int Newest = 5;

    /// <summary>The format in which a task tells when its attempt times out.</summary>
    internal const int TaskTimeouts = 3;

    /// <summary>The format in which a run that was taken back, but not all of it, ends <c>undo-incomplete</c>; before it ends failed with that code.</summary>
    internal const int UndoIncomplete = 4;

    /// <summary>The format in which tasks and results carry the context of their trace.</summary>
    internal const int Traces = 5;
}

/// <summary>The store is written in a format that this node does not know, or the other nodes in one that it no longer does; the message says how to mend it.</summary>
public sealed class FormatRefusedException : Exception
{
    private FormatRefusedException(string message) : base(message)
    {
    }

    /// <summary>Null: a node that knows the formats up to <paramref name="newest"/> may use a store that is written in <paramref name="inForce"/>.</summary>
    internal static FormatRefusedException? Check(int inForce, int newest) =>
        inForce > newest ? new FormatRefusedException(
            newest < Formats.Newest
                ? $"the store is written in format {inForce} already, and this node is held at {newest}; start it without --format"
                : $"the store is written in format {inForce}, and this orchestrator knows formats up to {newest}; run the newer one, as the other nodes do")
        : inForce < Formats.Oldest ? new FormatRefusedException(
            $"the nodes that are alive write format {inForce}, and this orchestrator writes none before {Formats.Oldest}; upgrade over a version in between, or stop the old nodes first")
        : null;
}

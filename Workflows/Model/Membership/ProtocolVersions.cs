namespace Orchestrator.Workflows.Model.Membership;

/// <summary>
/// The versions of what processes write and others read: events in the journal and envelopes on the bus. The store holds the one in
/// force, which every server writes; it rises once all servers that are alive know a newer one, and never falls. So two versions of the
/// binary work side by side, and the way back stays open until the last server of the older one is gone.
/// </summary>
/// <remarks>
/// What an older binary skips (a property more in an event) needs no new version. What it cannot read does: another order of an envelope's
/// fields, another kind of event. Write it only where the protocol version in force is new enough, and go on reading the older form.
/// </remarks>
public static class ProtocolVersions
{
    /// <summary>The oldest in which this binary can still write, and read envelopes. Events it reads from the first on.</summary>
    public const int Oldest = 2;

    /// <summary>3: a task tells when its attempt times out. 4: a run may end <c>undo-incomplete</c>. 5: tasks and results carry the context of a trace.</summary>
    public const int Newest = 5;

    /// <summary>The version in which a task tells when its attempt times out.</summary>
    internal const int TaskTimeouts = 3;

    /// <summary>The version in which a run that was taken back, but not all of it, ends <c>undo-incomplete</c>; before it ends failed with that code.</summary>
    internal const int UndoIncomplete = 4;

    /// <summary>The version in which tasks and results carry the context of their trace.</summary>
    internal const int Traces = 5;
}

/// <summary>The store is written in a protocol version that this server does not know, or the other servers write one that it no longer does; the message says how to fix it.</summary>
public sealed class ProtocolVersionRefusedException : Exception
{
    private ProtocolVersionRefusedException(string message) : base(message)
    {
    }

    /// <summary>Null: a server that knows the versions up to <paramref name="newest"/> may use a store that is written in <paramref name="inForce"/>.</summary>
    internal static ProtocolVersionRefusedException? Check(int inForce, int newest) =>
        inForce > newest ? new ProtocolVersionRefusedException(
            newest < ProtocolVersions.Newest
                ? $"the store is written in protocol version {inForce} already, and this server is held at {newest}; start it without --protocol"
                : $"the store is written in protocol version {inForce}, and this orchestrator knows versions up to {newest}; run the newer one, as the other servers do")
        : inForce < ProtocolVersions.Oldest ? new ProtocolVersionRefusedException(
            $"the servers that are alive write protocol version {inForce}, and this orchestrator writes none before {ProtocolVersions.Oldest}; upgrade over a version in between, or stop the old servers first")
        : null;
}

namespace Orchestrator.Server.Logging;

/// <summary>How lines on a standard stream are written.</summary>
internal enum LogFormat
{
    /// <summary><see cref="Json"/> in a container, else <see cref="Text"/>.</summary>
    Auto,

    /// <summary>One line of text for an entry; the lines of an exception follow, set in.</summary>
    Text,

    /// <summary>One JSON object a line.</summary>
    Json,
}

/// <summary>Where the log goes beside the file.</summary>
internal enum LogOutput
{
    /// <summary><see cref="StandardOutput"/> for <c>serve</c>; <see cref="None"/> for <c>run</c>, whose view has standard output.</summary>
    Auto,

    /// <summary>Standard output of <c>serve</c>; <c>run</c> keeps its own for its view and takes this for <see cref="None"/>.</summary>
    StandardOutput,

    /// <summary>Standard error, of <c>run</c> too.</summary>
    StandardError,

    /// <summary>Into the file only.</summary>
    None,
}

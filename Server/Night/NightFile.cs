namespace Orchestrator.Server.Night;

/// <summary>How far the night is that a data folder's runs take place in, so that a process that comes after goes on with it.</summary>
/// <param name="At">The night's time when this was written, about once a second of the wall's.</param>
/// <param name="Fleet">The fleet file, whole path.</param>
/// <param name="Open">Runs were under way; without any the next process begins a night of its own.</param>
internal sealed record NightFile(DateTimeOffset At, double Speed, string Fleet, bool Open);

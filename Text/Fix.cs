namespace Orchestrator.Text;

/// <summary>A change of the text that fixes a diagnostic: what stands from <paramref name="From"/> up to <paramref name="To"/> becomes <paramref name="Text"/>.</summary>
/// <param name="To">The place after the last character that goes; on the same line.</param>
public sealed record Fix(Position From, Position To, string Text);

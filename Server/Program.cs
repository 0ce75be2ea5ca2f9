using Orchestrator.Server;
using Orchestrator.Server.Commands;

if (!FileLimit.Suffices()) return ExitCode.NotReachable;

Orchestrator.Server.Terminal.TerminalWriter.Install();
return await CommandLine.RunAsync(args);

using Orchestrator.Server;
using Orchestrator.Server.Commands;
using Orchestrator.Server.Failures;

if (!FileLimit.Suffices()) return ExitCode.NotReachable;

Orchestrator.Server.Output.TerminalWriter.Install();
return await CommandLine.RunAsync(args);

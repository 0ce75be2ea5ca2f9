using Orchestrator.Server.Commands;

Orchestrator.Server.Terminal.TerminalWriter.Install();
return await CommandLine.RunAsync(args);

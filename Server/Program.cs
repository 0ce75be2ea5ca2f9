using Orchestrator.Server.Commands;

return await CommandLine.RunAsync(args);

using Orchestrator.Workflows.Tests.Execution;

// A test needs a process to kill: this assembly, started in another way.
if (args is [CrashProcess.Argument, var folder, var runs])
{
    await CrashProcess.RunAsync(folder, runs);
    return 0;
}

return await Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(args);

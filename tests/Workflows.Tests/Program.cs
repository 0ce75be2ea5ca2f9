using System.Globalization;
using Orchestrator.Simulation;
using Orchestrator.Workflows.Tests.Execution;
using Orchestrator.Workflows.Tests.Expressions;
using Orchestrator.Workflows.Tests.Triggers;

// A test needs a process to kill: this assembly, started in another way.
if (args is [CrashProcess.Argument, var folder, var runs])
{
    await CrashProcess.RunAsync(folder, runs);
    return 0;
}

if (args is [TriggerProcess.Argument, var store, var bus, var name])
{
    await TriggerProcess.RunAsync(store, bus, name);
    return 0;
}

if (args is [HostileExpressionTests.Argument, var seed, var cases, var last])
{
    return HostileExpressions.RunCommand(int.Parse(seed, CultureInfo.InvariantCulture), 0, int.Parse(cases, CultureInfo.InvariantCulture), last);
}

return await Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(args);

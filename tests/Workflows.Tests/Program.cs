using System.Globalization;
using Orchestrator.Workflows.Tests.Execution;
using Orchestrator.Workflows.Tests.Expressions.Hostile;
using Orchestrator.Workflows.Tests.Triggers;

// A test needs a process to kill: this assembly, started in another way.
if (args is [CrashProcess.Argument, var folder, var runs])
{
    await CrashProcess.RunAsync(folder, runs);
    return 0;
}

if (args is [KillerProcess.Argument, var home, var marks, var way, var first])
{
    await KillerProcess.RunAsync(home, marks, way, first);
    return 0;
}

if (args is [TriggerProcess.Argument, var store, var bus, var name])
{
    await TriggerProcess.RunAsync(store, bus, name);
    return 0;
}

if (args is [HostileProcess.Argument, var one, var of, "show"])
{
    Console.WriteLine(HostileGrammar.Expression(int.Parse(of, CultureInfo.InvariantCulture), int.Parse(one, CultureInfo.InvariantCulture)));
    return 0;
}

if (args is [HostileProcess.Argument, var count, var seed, var guard])
{
    return HostileProcess.Run(Console.Out, int.Parse(count, CultureInfo.InvariantCulture), int.Parse(seed, CultureInfo.InvariantCulture), guard != HostileProcess.Unguarded);
}

return await Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(args);

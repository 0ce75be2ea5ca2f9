using System.Collections.Immutable;
using System.ComponentModel.DataAnnotations;
using Orchestrator.Infra.Settings;
using Orchestrator.Server.Failures;
using Orchestrator.Server.Files;
using Orchestrator.Server.Identity;
using Orchestrator.Server.Logging;
using Orchestrator.Server.Telemetry;
using Orchestrator.Workflows.Execution.Settings;
using Orchestrator.Workflows.Model.Values;
using Orchestrator.Workflows.Scheduling.Policy;

namespace Orchestrator.Server.Configuration;

/// <summary>Section <c>Server</c>.</summary>
internal sealed class ServerOptions
{
    /// <summary>Port of the API on the loopback address; 0 takes a free one. Default 5080; <c>run</c> takes a free one unless <c>--port</c> is said.</summary>
    [Range(0, 65535)]
    public int Port { get; set; } = 5080;

    /// <summary>Folder for the journal, the units' state, the night and the log; made when missing. Default <c>.orchestrator</c>.</summary>
    [Required]
    public string Data { get; set; } = ".orchestrator";

    /// <summary>Folder in which a runbook's name is looked up. Null: the one that ships.</summary>
    public string? Runbooks { get; set; }
}

/// <summary>Section <c>Simulation</c>: the night on the simulated cloud.</summary>
internal sealed class SimulationOptions
{
    /// <summary>A simulated cloud that runs already; null: one in this process.</summary>
    public Uri? Cloud { get; set; }

    /// <summary>Fleet file. Null: <c>Runbooks/fleets/demo.yaml</c>.</summary>
    public string? Fleet { get; set; }

    /// <summary>How many times faster than the system clock the environment clock runs. Default 600.</summary>
    [Range(0.001, 1_000_000)]
    public double Speed { get; set; } = 600;

    /// <summary>When the night begins. Null: the fleet file's start, else now.</summary>
    public DateTimeOffset? Start { get; set; }

    /// <summary>Simulated people who approve what is asked of their roles on a simulated cloud of the process itself, as <c>name:role,role</c>; on one elsewhere only with <c>--simulated-people</c>, never beside real clusters. Default alice:commander and bob:sre-lead; one empty text: nobody.</summary>
    public string[]? People { get; set; }

    /// <summary>Multiplies every delay of the simulated cloud; 0 makes everything immediate. Default 1.</summary>
    [Range(0, 1000)]
    public double Delays { get; set; } = 1;

    /// <summary>Makes the simulated cloud's delays repeatable. Default 11.</summary>
    public int Seed { get; set; } = 11;
}

/// <summary>Section <c>Emergency</c>: the emergency trigger.</summary>
internal sealed class EmergencyOptions
{
    /// <summary>The runbook that the trigger starts; its lane must be emergency. Default emergency-scale-down.</summary>
    [Required]
    public string Runbook { get; set; } = "emergency-scale-down";

    /// <summary>Who may approve a plan and triggers the plan. Default commander and sre-lead.</summary>
    public string[]? Roles { get; set; }

    /// <summary>Approvals that a plan needs, each from another person, never from the one who made it. Default 2.</summary>
    [Range(1, 10)]
    public int Quorum { get; set; } = 2;

    /// <summary>How long a plan is good for, on the environment clock. Default 24 h.</summary>
    [Range(typeof(TimeSpan), "00:10:00", "30.00:00:00")]
    public TimeSpan PlanLasts { get; set; } = TimeSpan.FromHours(24);

    /// <summary>What triggers an approved plan without anybody.</summary>
    public AutomaticTriggerOptions Automatic { get; } = new();
}

/// <summary>Section <c>Emergency:Automatic</c>: a condition on metrics that triggers the approved plan. Times are on the environment clock.</summary>
internal sealed class AutomaticTriggerOptions
{
    /// <summary>PromQL, or the name of a query that ships (<c>p99</c>, <c>error-percent</c>); every series counts. Null (the default): nothing triggers by itself.</summary>
    public string? Query { get; set; }

    /// <summary>The condition holds while a series is above this. One of Above and Below is given.</summary>
    public double? Above { get; set; }

    /// <summary>The condition holds while a series is below this.</summary>
    public double? Below { get; set; }

    /// <summary>How long it must hold. Default 2 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:10", "1.00:00:00")]
    public TimeSpan For { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>After it has triggered, every series must have come back to this before it can again: below Above, or above Below. Null (the default): to Above or Below itself.</summary>
    public double? Clear { get; set; }

    /// <summary>For how long. Default 5 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:10", "1.00:00:00")]
    public TimeSpan ClearFor { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>The least time between two triggers. Default 1 hour.</summary>
    [Range(typeof(TimeSpan), "00:00:10", "7.00:00:00")]
    public TimeSpan CoolDown { get; set; } = TimeSpan.FromHours(1);

    /// <summary>Time between two measurements. Default 10 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Only says that it would have triggered: in the log, in the audit and on the page. Default true.</summary>
    public bool Dry { get; set; } = true;

    /// <summary>What is wrong with them; null: nothing.</summary>
    public string? Diagnose() => this switch
    {
        { Query: null } => null,
        { Above: null, Below: null } or { Above: not null, Below: not null } => "give one of Above and Below",
        { Above: { } above, Clear: { } clear } when clear > above => "Clear is above Above; what has triggered must come back to less",
        { Below: { } below, Clear: { } clear } when clear < below => "Clear is below Below; what has triggered must come back to more",
        _ => null,
    };
}

/// <summary>Everything that can be set, from appsettings.json and then the environment (<c>ORCHESTRATOR_Server__Port</c>).</summary>
internal sealed record Settings(ServerOptions Server, LogOptions Log, TelemetryOptions Telemetry, SimulationOptions Simulation, WorkflowOptions Workflows, TriggerOptions Schedules, InfraOptions Infra, EmergencyOptions Emergency)
{
    private static readonly string[] DefaultPeople = ["alice:commander", "bob:sre-lead"];
    private static readonly string[] DerivedOfSchedules =
        [nameof(TriggerOptions.Role), nameof(TriggerOptions.ServerName), nameof(TriggerOptions.Store), nameof(TriggerOptions.DataDirectory), nameof(TriggerOptions.Timeline), nameof(TriggerOptions.Speed), nameof(TriggerOptions.StartAfter)];
    private static readonly string[] DefaultRoles = ["commander", "sre-lead"];

    public ImmutableArray<string> EmergencyRoles => [.. Emergency.Roles ?? DefaultRoles];

    public ImmutableArray<Person> SimulatedPeople => [.. (Simulation.People ?? DefaultPeople).Select(Person.Parse).OfType<Person>()];

    /// <summary>As it was given.</summary>
    public required IConfiguration Given { get; init; }

    /// <summary>A section to bind options to. What was left empty is not in it, so that its default holds.</summary>
    public IConfiguration Section(string name) =>
        new ConfigurationBuilder().AddInMemoryCollection(Given.GetSection(name).AsEnumerable(makePathsRelative: true).Where(pair => !string.IsNullOrEmpty(pair.Value))).Build();

    /// <summary>Reads and checks every option. Throws <see cref="CommandException"/> that lists every problem.</summary>
    public static Settings Load(string? file = null)
    {
        file ??= Installation.Settings;
        try
        {
            return Read(new ConfigurationBuilder().AddJsonFile(file, optional: true, reloadOnChange: false).AddEnvironmentVariables("ORCHESTRATOR_").Build(), Path.GetFileName(file));
        }
        catch (InvalidDataException exception)
        {
            throw CommandException.BadInput($"{file}: {(exception.InnerException ?? exception).Message}");
        }
    }

    /// <summary>With these keys (<c>Workflows:Node</c>) set instead, as a command line does that has checked them.</summary>
    public Settings With(IReadOnlyDictionary<string, string?> values) =>
        values.Count == 0 ? this : Read(new ConfigurationBuilder().AddConfiguration(Given).AddInMemoryCollection(values).Build(), "the command line");

    private static Settings Read(IConfigurationRoot configuration, string source)
    {
        var reader = new SettingsReader(configuration, source);
        var settings = new Settings(
            reader.Read<ServerOptions>("Server"),
            reader.Read<LogOptions>("Log"),
            reader.Read<TelemetryOptions>("Telemetry"),
            reader.Read<SimulationOptions>("Simulation"),
            reader.Read<WorkflowOptions>("Workflows", nameof(WorkflowOptions.DataDirectory), nameof(WorkflowOptions.AcceptLoss), nameof(WorkflowOptions.ReadOnly), nameof(WorkflowOptions.Marks), nameof(WorkflowOptions.Quarantine)),
            reader.Read<TriggerOptions>("Schedules", DerivedOfSchedules),
            reader.Read<InfraOptions>("Infra", nameof(InfraOptions.Cloud), nameof(InfraOptions.StateDirectory), nameof(InfraOptions.OwnPort)),
            reader.Read<EmergencyOptions>("Emergency"))
        {
            Given = configuration,
        };
        reader.Close();
        if (settings.Emergency.Automatic.Diagnose() is { } wrong)
        {
            reader.Diagnostics.Add($"{reader.File}: Emergency:Automatic: {wrong}");
        }

        foreach (var tag in settings.Workflows.Tags.Where(tag => WorkerTags.Parse(tag) is null))
        {
            reader.Diagnostics.Add($"{reader.File}: Workflows:Tags: '{tag}' must read key=value, each a word of letters, digits, '.', '_' and '-'");
        }

        foreach (var person in settings.Simulation.People ?? [])
        {
            if (person.Length > 0 && !(Person.TryParse(person, out var read, out var diagnostic) && !read.Roles.IsEmpty))
            {
                reader.Diagnostics.Add($"{reader.File}: Simulation:People: '{person}' must read name:role or name:role,role{(diagnostic.Length > 0 ? $": {diagnostic}" : "")}");
            }
        }

        return reader.Diagnostics.Count == 0 ? settings : throw CommandException.Diagnostics(reader.Diagnostics);
    }
}

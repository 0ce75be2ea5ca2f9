using System.CommandLine;
using Orchestrator.Server.Failures;
using Orchestrator.Workflows.Execution.Settings;
using Orchestrator.Workflows.Model.Bus;
using Orchestrator.Workflows.Model.Membership;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Server.Commands;

/// <summary>The options that make a process one node of several.</summary>
internal sealed class NodeOptions
{
    private readonly Option<string?> store = new("--store") { Description = "PostgreSQL database that holds the journal, as in Host=db;Database=orchestrator;Username=orchestrator. Default: SQLite in the data folder", HelpName = "CONNECTION" };
    private readonly Option<string?> bus = new("--bus") { Description = "RabbitMQ broker between nodes, as in amqp://user:password@mq/orchestrator. Default: none, this process is the only node", HelpName = "AMQP" };
    private readonly Option<string?> node = new("--node") { Description = "This node's name among those that share the store. Default: the machine's name", HelpName = "NAME" };

    private readonly Option<string[]> tags = new("--tag")
    {
        Description = "Something that this node's worker offers to steps that ask for it, as in region=cn-hangzhou. Repeatable, at most four.",
        HelpName = "k=v",
        DefaultValueFactory = _ => [],
    };

    private readonly Option<int?> format = new("--format") { Description = $"Holds this node, and with it all others, at an older format of journal and bus ({Formats.Oldest} to {Formats.Newest}), so that the version before can come back. Default: the newest", HelpName = "N" };

    private readonly Option<string[]> quarantine = new("--quarantine")
    {
        Description = "A run to put in quarantine before anything is decided: it waits as an incident until somebody tries it again (runs retry RUN) or cancels it. Repeatable.",
        HelpName = "RUN",
        DefaultValueFactory = _ => [],
    };

    private readonly Option<NodeRoles?> roles = new("--roles")
    {
        Description = "What this process does: api, engine, worker, joined by commas. Default: all of them",
        HelpName = "ROLES",
        CustomParser = result =>
        {
            var all = NodeRoles.None;
            foreach (var name in result.Tokens[0].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            {
                if (!Enum.TryParse<NodeRoles>(name, ignoreCase: true, out var role) || role == NodeRoles.None || char.IsDigit(name[0]))
                {
                    result.AddError($"--roles: '{name}' is no role; give some of api, engine, worker");
                    return null;
                }

                all |= role;
            }

            if (all == NodeRoles.None) result.AddError("--roles: give some of api, engine, worker");
            return all;
        },
    };

    public void AddTo(System.CommandLine.Command command)
    {
        foreach (var option in new Option[] { store, bus, node, roles, tags, format, quarantine }) command.Add(option);
    }

    /// <summary>Over the settings. Throws <see cref="CommandException"/> for what does not fit.</summary>
    public void Apply(ParseResult parsed, WorkflowOptions options)
    {
        options.Store = parsed.GetValue(store) ?? options.Store;
        options.Bus = parsed.GetValue(bus) ?? options.Bus;
        var address = new BrokerAddressAttribute();
        if (!address.IsValid(options.Bus)) throw CommandException.BadInput(address.FormatErrorMessage("--bus"));
        options.Format = parsed.GetValue(format) ?? options.Format;
        if (options.Format is < Formats.Oldest or > Formats.Newest) throw CommandException.BadInput($"--format: {options.Format} is no format that this version knows; give {Formats.Oldest} to {Formats.Newest}");
        options.Roles = parsed.GetValue(roles) ?? options.Roles;
        foreach (var word in parsed.GetValue(quarantine)!)
        {
            if (!Guid.TryParse(word, out var run)) throw CommandException.BadInput($"--quarantine: '{word}' is no id of a run; runs list shows them");
            options.Quarantine.Add(run);
        }

        if (parsed.GetValue(node) is { } name)
        {
            if (!WorkerTags.IsWord(name)) throw CommandException.BadInput($"--node: '{name}' is no name of a node; use at most 63 letters, digits, '.', '_' and '-'");
            options.Node = name;
        }

        foreach (var tag in parsed.GetValue(tags)!)
            options.Tags.Add(WorkerTags.Parse(tag) ?? throw CommandException.BadInput($"--tag: '{tag}' must read key=value, each a word of letters, digits, '.', '_' and '-'"));
        if (options.Tags.Count > WorkerTags.Most) throw CommandException.BadInput($"--tag: a worker has at most {WorkerTags.Most} tags, and there are {options.Tags.Count}");
    }
}

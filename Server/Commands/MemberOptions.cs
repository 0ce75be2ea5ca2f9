using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using Orchestrator.Server.Configuration;
using Orchestrator.Server.Failures;
using Orchestrator.Workflows.Execution.Settings;
using Orchestrator.Workflows.Model.Bus;
using Orchestrator.Workflows.Model.Membership;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Server.Commands;

/// <summary>The options that make a process one server of several.</summary>
internal sealed class MemberOptions
{
    // Of the list of tags: above every index of a file.
    private const int CommandLineTags = 1000;

    private readonly Option<string?> store = Store();
    private readonly Option<string?> bus = Bus();
    private readonly Option<string?> server = new("--name") { Description = "This server's name among those that share the store. Default: the machine's name", HelpName = "NAME" };

    private readonly Option<string[]> tags = new("--tag")
    {
        Description = "Something that this server's worker offers to steps that ask for it, as in region=cn-hangzhou. Repeatable, at most four.",
        HelpName = "k=v",
        DefaultValueFactory = _ => [],
    };

    private readonly Option<int?> protocol = new("--protocol") { Description = $"Holds this server, and with it all others, at an older protocol version of journal and bus ({ProtocolVersions.Oldest} to {ProtocolVersions.Newest}), so that the version before can come back. Default: the newest", HelpName = "N" };

    private readonly Option<string[]> quarantine = new("--quarantine")
    {
        Description = "A run to put in quarantine before anything is decided: it waits as an incident until somebody tries it again (runs retry RUN) or cancels it. Repeatable.",
        HelpName = "RUN",
        DefaultValueFactory = _ => [],
    };

    private readonly Option<ServerRoles?> roles = new("--roles")
    {
        Description = "What this process does: api, engine, worker, joined by commas. Default: all of them",
        HelpName = "ROLES",
        CustomParser = result =>
        {
            var all = ServerRoles.None;
            foreach (var name in result.Tokens[0].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            {
                if (!Enum.TryParse<ServerRoles>(name, ignoreCase: true, out var role) || role == ServerRoles.None || char.IsDigit(name[0]))
                {
                    result.AddError($"--roles: '{name}' is no role; give some of api, engine, worker");
                    return null;
                }

                all |= role;
            }

            if (all == ServerRoles.None) result.AddError("--roles: give some of api, engine, worker");
            return all;
        },
    };

    public static Option<string?> Store() => new("--store") { Description = "PostgreSQL database that holds the journal, as in Host=db;Database=orchestrator;Username=orchestrator. Default: SQLite in the data folder", HelpName = "CONNECTION" };

    public static Option<string?> Bus() => new("--bus") { Description = "RabbitMQ broker between servers, as in amqp://user:password@mq/orchestrator. Default: none, this process is the only server", HelpName = "AMQP" };

    public void AddTo(System.CommandLine.Command command)
    {
        foreach (var option in new Option[] { store, bus, server, roles, tags, protocol, quarantine }) command.Add(option);
    }

    /// <summary>The runs to put in quarantine. Throws <see cref="CommandException"/> for what is no id.</summary>
    public ImmutableArray<Guid> Quarantine(ParseResult parsed) =>
        [.. parsed.GetValue(quarantine)!.Select(word => Guid.TryParse(word, out var run) ? run : throw CommandException.BadInput($"--quarantine: '{word}' is no id of a run; runs list shows them"))];

    /// <summary>Over the settings. Throws <see cref="CommandException"/> for what does not fit.</summary>
    public Settings Apply(ParseResult parsed, Settings settings)
    {
        var values = Shared(parsed.GetValue(store), parsed.GetValue(bus));
        if (parsed.GetValue(protocol) is { } held)
        {
            if (held is < ProtocolVersions.Oldest or > ProtocolVersions.Newest) throw CommandException.BadInput($"--protocol: {held} is no protocol version that this version knows; give {ProtocolVersions.Oldest} to {ProtocolVersions.Newest}");
            values[Key(nameof(WorkflowOptions.ProtocolVersion))] = held.ToString(CultureInfo.InvariantCulture);
        }

        if (parsed.GetValue(roles) is { } does) values[Key(nameof(WorkflowOptions.Roles))] = does.ToString();
        if (parsed.GetValue(server) is { } name)
        {
            if (!WorkerTags.IsWord(name)) throw CommandException.BadInput($"--name: '{name}' is no name of a server; use at most 63 letters, digits, '.', '_' and '-'");
            values[Key(nameof(WorkflowOptions.ServerName))] = name;
        }

        var all = settings.Workflows.Tags.ToList();
        foreach (var tag in parsed.GetValue(tags)!)
            all.Add(WorkerTags.Parse(tag) ?? throw CommandException.BadInput($"--tag: '{tag}' must read key=value, each a word of letters, digits, '.', '_' and '-'"));
        if (all.Count > WorkerTags.Most) throw CommandException.BadInput($"--tag: a worker has at most {WorkerTags.Most} tags, and there are {all.Count}");
        for (var index = settings.Workflows.Tags.Count; index < all.Count; index++) values[string.Create(CultureInfo.InvariantCulture, $"{Key(nameof(WorkflowOptions.Tags))}:{CommandLineTags + index}")] = all[index];
        return settings.With(values);
    }

    /// <summary>What servers share, over the settings; null leaves what they say. Throws <see cref="CommandException"/> for what does not fit.</summary>
    public static Settings Apply(Settings settings, string? store, string? bus) => settings.With(Shared(store, bus));

    private static Dictionary<string, string?> Shared(string? store, string? bus)
    {
        var values = new Dictionary<string, string?>();
        if (store is not null) values[Key(nameof(WorkflowOptions.Store))] = store;
        if (bus is null) return values;

        var address = new BrokerAddressAttribute();
        if (!address.IsValid(bus)) throw CommandException.BadInput(address.FormatErrorMessage("--bus"));
        values[Key(nameof(WorkflowOptions.Bus))] = bus;
        return values;
    }

    private static string Key(string option) => $"Workflows:{option}";
}

using System.CommandLine;
using System.Globalization;

namespace Orchestrator.Server.Commands;

/// <summary>Options that several commands share; each call makes an option of its own, because a symbol has one parent.</summary>
internal static class CommonOptions
{
    /// <summary>Beyond this a whole night is over before the first answer of the cloud.</summary>
    private const double FastestNight = 100_000;

    public static Option<bool> Verbose { get; } = new("--verbose") { Description = "Show the whole story of an unexpected error.", Recursive = true };

    public static Option<bool> Json() => new("--json") { Description = "Print one JSON document on standard output." };

    public static Option<string?> Data() => new("--data") { Description = "Data folder (journal, state of units, log). Default: .orchestrator", HelpName = "DIR" };

    public static Option<Uri?> Server() => new("--server")
    {
        Description = "A running server. Default: the one that works on the data folder, else http://127.0.0.1:5080",
        HelpName = "URL",
        CustomParser = result => Address(result),
    };

    public static Option<string?> As() => new("--as") { Description = $"Who you are, and your roles. Default: {Caller.Variable}, else the name you are logged in with; without roles: operator and engineer", HelpName = "USER[:ROLE,…]" };

    public static Option<string?> Reason(bool required = false) => new("--reason") { Description = "Why, for the journal.", HelpName = "TEXT", Required = required };

    public static Option<string[]> Input() => new("--input")
    {
        Description = "An input of the runbook; the value is JSON where it reads as such, else a text. Repeatable.",
        HelpName = "k=v",
        DefaultValueFactory = _ => [],
    };

    public static Option<string?> Inputs() => new("--inputs") { Description = "A JSON file with inputs; --input wins.", HelpName = "FILE.json" };

    public static Option<string?> Fleet() => new("--fleet") { Description = "Fleet file: the clusters, real where Infra:Clusters has their addresses, else of a simulated cloud. Default: Runbooks/fleets/demo.yaml", HelpName = "FILE" };

    public static Option<double?> Speed()
    {
        var option = new Option<double?>("--speed") { Description = "How many times faster than the system clock the environment clock runs. Default on the simulated cloud: 600", HelpName = "N" };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && double.TryParse(token.Value, CultureInfo.InvariantCulture, out var speed) && !(speed > 0 && speed <= FastestNight))
            {
                result.AddError($"--speed: '{token.Value}' does not fit; give a number above 0 and at most {FastestNight}");
            }
        });
        return option;
    }

    public static Option<DateTimeOffset?> Start() => new("--start")
    {
        Description = "When the night begins, ISO 8601 with offset. Default: the fleet file's start",
        HelpName = "TIME",
        CustomParser = result =>
        {
            if (DateTimeOffset.TryParse(result.Tokens[0].Value, CultureInfo.InvariantCulture, out var time))
            {
                return time;
            }

            result.AddError($"--start: '{result.Tokens[0].Value}' is not a time; write it like 2026-11-10T18:00:00+08:00");
            return null;
        },
    };

    public static Option<Uri?> Cloud() => new("--cloud")
    {
        Description = "A simulated cloud that runs already (orchestrator cloud); its clock is adopted. Default: one in this process",
        HelpName = "URL",
        CustomParser = result => Address(result),
    };

    public static Option<int?> Port(string what)
    {
        var option = new Option<int?>("--port") { Description = what, HelpName = "P" };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && int.TryParse(token.Value, CultureInfo.InvariantCulture, out var port) && port is < 0 or > 65535)
            {
                result.AddError($"--port: '{token.Value}' is no port; give 0 to 65535");
            }
        });
        return option;
    }

    private static Uri? Address(System.CommandLine.Parsing.ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https")
        {
            return address;
        }

        result.AddError($"'{text}' is not an address; write it like http://127.0.0.1:5080");
        return null;
    }
}

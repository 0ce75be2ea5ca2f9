using System.Collections.Immutable;
using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Orchestrator.Infra.Provisioning;
using Orchestrator.Infra.Provisioning.Stacks;
using Orchestrator.Server.Configuration;
using Orchestrator.Server.Environments;
using Orchestrator.Server.Failures;
using Orchestrator.Server.Files;
using Orchestrator.Server.Hosting;
using Orchestrator.Server.Terminal;

namespace Orchestrator.Server.Commands;

/// <summary><c>stacks</c>: Pulumi programs and their stacks, for platform engineers; in this process, by the engine that the settings choose.</summary>
internal static class StacksCommand
{
    public static Command Create() => new("stacks", "Checks Pulumi programs and runs their stacks, by the engine that Infra:Pulumi chooses.")
    {
        Validate(), Preview(), Up(), Refresh(), Destroy(), Export(), Import(), List(),
    };

    private static Argument<string> Program() => new("PROGRAM") { Description = "A folder with a Pulumi.yaml, or the name of a program: one of Infra:Stacks, or one that ships." };

    private static Argument<string> Stack() => new("STACK") { Description = "The stack's name." };

    private static Option<string[]> Config() => new("--config")
    {
        Description = "A value of the program's configuration; JSON where it reads as such, else a text. Repeatable. Give a secret as k=@FILE.",
        HelpName = "k=v",
        DefaultValueFactory = _ => [],
    };

    private static Command Validate()
    {
        var programs = new Argument<string[]>("PROGRAM") { Description = "Folders or names of programs. Default: every program that has a name.", Arity = ArgumentArity.ZeroOrMore };
        var json = CommonOptions.Json();
        var command = new Command("validate", "Tells every problem of Pulumi programs as file:line:column: error CODE: message, as the embedded engine reads them.") { programs, json };
        command.SetAction(parsed =>
        {
            var folders = new ProgramFolders(Settings.Load().Infra.Stacks);
            var given = parsed.GetValue(programs) is { Length: > 0 } named ? named : [.. folders.Names];
            var answers = given.Select(name => (Name: name, Diagnostics: StackEngine.Check(Locate(folders, name)))).ToList();
            var valid = answers.TrueForAll(answer => answer.Diagnostics.IsEmpty);
            var document = new JsonObject
            {
                ["valid"] = valid,
                ["programs"] = new JsonArray([.. answers.Select(answer => new JsonObject { ["program"] = answer.Name, ["valid"] = answer.Diagnostics.IsEmpty, ["diagnostics"] = StacksPrinter.ToJson(answer.Diagnostics) })]),
            };
            Printer.Print(document, parsed.GetValue(json), () =>
            {
                foreach (var answer in answers)
                {
                    foreach (var diagnostic in answer.Diagnostics)
                    {
                        Console.Error.WriteLine(Output.Printable.Line(diagnostic.ToString()));
                    }

                    if (answer.Diagnostics.IsEmpty)
                    {
                        Console.Out.WriteLine($"{answer.Name}: valid program");
                    }
                }
            });
            return valid ? ExitCode.Done : ExitCode.BadInput;
        });
        return command;
    }

    private static Command Preview()
    {
        var (program, stack, config, hosted) = (Program(), Stack(), Config(), new HostedOptions());
        var command = new Command("preview", "Shows what an up would do, as pulumi preview does; changes nothing.") { program, stack, config };
        hosted.AddTo(command);
        command.SetAction((parsed, cancellationToken) => hosted.RunAsync(parsed, async (services, json, stop) =>
        {
            var preview = await services.Stacks.PreviewAsync(services.Request(parsed.GetValue(program)!, parsed.GetValue(stack)!, parsed.GetValue(config)!), stop);
            Printer.Print(StacksPrinter.ToJson(preview), json, () => StacksPrinter.Write(preview));
            return ExitCode.Done;
        }, cancellationToken));
        return command;
    }

    private static Command Up() => Operation("up", "Brings a stack to what its program says; shows each resource as it goes.", (stacks, request, onEvent, stop) => stacks.UpAsync(request, onEvent, stop));

    private static Command Refresh() => Operation("refresh", "Reads every resource of a stack back into its state.", (stacks, request, onEvent, stop) => stacks.RefreshAsync(request, onEvent, stop));

    private static Command Destroy()
    {
        var yes = new Option<bool>("--yes") { Description = "Really: everything that the stack holds is deleted." };
        return Operation("destroy", "Deletes everything that a stack holds.", (stacks, request, onEvent, stop) => stacks.DestroyAsync(request, onEvent, stop), yes);
    }

    private static Command Operation(
        string name, string description, Func<IStacks, StackRequest, Action<StackEvent>, CancellationToken, Task<StackOutcome>> operation, Option<bool>? yes = null)
    {
        var (program, stack, config, hosted) = (Program(), Stack(), Config(), new HostedOptions());
        var command = new Command(name, description) { program, stack, config };
        if (yes is not null)
        {
            command.Add(yes);
        }

        hosted.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
        {
            if (yes is not null && !parsed.GetValue(yes))
            {
                throw CommandException.BadInput($"stacks {name} deletes everything that {parsed.GetValue(program)}/{parsed.GetValue(stack)} holds; say so with --yes (stacks preview and stacks list show what is there)");
            }

            return hosted.RunAsync(parsed, async (services, json, stop) =>
            {
                var output = json ? Console.Error : Console.Out;
                var request = services.Request(parsed.GetValue(program)!, parsed.GetValue(stack)!, parsed.GetValue(config)!);
                var outcome = await operation(services.Stacks, request, happened => StacksPrinter.Write(happened, output), stop);
                Printer.Print(StacksPrinter.ToJson(outcome), json, () => StacksPrinter.Write(outcome));
                return outcome.Succeeded ? ExitCode.Done : ExitCode.Failed;
            }, cancellationToken);
        });
        return command;
    }

    private static Command Export()
    {
        var (program, stack, hosted) = (Program(), Stack(), new HostedOptions(json: false));
        var file = new Option<string?>("--out") { Description = "Write it to this file. Default: standard output", HelpName = "FILE" };
        var command = new Command("export", "Prints a stack's state as pulumi stack export does, its secrets encrypted; pulumi stack import and stacks import read it.") { program, stack, file };
        hosted.AddTo(command);
        command.SetAction((parsed, cancellationToken) => hosted.RunAsync(parsed, async (services, _, stop) =>
        {
            var (project, name) = (services.Project(parsed.GetValue(program)!), parsed.GetValue(stack)!);
            var document = await services.Stacks.ExportAsync(project, name, stop) ?? throw new CommandException(ExitCode.Failed, $"there is no stack {project}/{name}");
            if (parsed.GetValue(file) is { } path)
            {
                await File.WriteAllTextAsync(path, document.ToJsonString(), stop);
            }
            else
            {
                Printer.Print(document, true, () => { });
            }

            return ExitCode.Done;
        }, cancellationToken));
        return command;
    }

    private static Command Import()
    {
        var (program, stack, hosted) = (Program(), Stack(), new HostedOptions(json: false));
        var file = new Argument<string>("FILE") { Description = "What stacks export or pulumi stack export printed." };
        var command = new Command("import", "Puts a state in place of a stack's; changes nothing at the clouds.") { program, stack, file };
        hosted.AddTo(command);
        command.SetAction((parsed, cancellationToken) => hosted.RunAsync(parsed, async (services, _, stop) =>
        {
            var (project, name) = (services.Project(parsed.GetValue(program)!), parsed.GetValue(stack)!);
            await services.Stacks.ImportAsync(project, name, ReadDocument(parsed.GetValue(file)!), stop);
            Console.Out.WriteLine($"{project}/{name}: imported; look at it with stacks preview");
            return ExitCode.Done;
        }, cancellationToken));
        return command;
    }

    private static Command List()
    {
        var hosted = new HostedOptions();
        var command = new Command("list", "Lists the stacks that the engine knows.");
        hosted.AddTo(command);
        command.SetAction((parsed, cancellationToken) => hosted.RunAsync(parsed, async (services, json, stop) =>
        {
            var choice = await services.Chosen.ChoiceAsync(stop);
            var rows = new JsonArray([.. (await services.Stacks.ListAsync(stop)).Select(stack => new JsonObject
            {
                ["project"] = stack.Project, ["stack"] = stack.Stack, ["resources"] = stack.Resources, ["updated"] = stack.Updated?.ToString("O", System.Globalization.CultureInfo.InvariantCulture),
            })]);
            Printer.Print(new JsonObject { ["engine"] = choice.Engine, ["reason"] = choice.Reason, ["stacks"] = rows }, json, () =>
            {
                Console.Error.WriteLine($"engine: {choice.Engine} ({choice.Reason})");
                Printer.Table(rows.DeepClone().AsArray(), "project", "stack", "resources", "updated");
            });
            return ExitCode.Done;
        }, cancellationToken));
        return command;
    }

    private static JsonObject ReadDocument(string file)
    {
        try
        {
            return JsonNode.Parse(File.ReadAllText(file)) as JsonObject ?? throw CommandException.BadInput($"{file}: this is not a JSON object; give what stacks export printed");
        }
        catch (JsonException exception)
        {
            throw CommandException.Diagnostics([$"{file}:{exception.LineNumber + 1}:{exception.BytePositionInLine + 1}: error ST001: this is not JSON: {exception.Message.Split(". Path:")[0]}"]);
        }
    }

    private static string Locate(ProgramFolders folders, string given) =>
        folders.Find(given) is { } named && !Directory.Exists(given) ? named
        : File.Exists(Path.Combine(given, "Pulumi.yaml")) ? Path.GetFullPath(given)
        : given.EndsWith("Pulumi.yaml", StringComparison.Ordinal) && File.Exists(given) ? Path.GetDirectoryName(Path.GetFullPath(given))!
        : folders.Find(given) ?? throw CommandException.BadInput(Directory.Exists(given) ? $"{given}: the folder has no Pulumi.yaml" : folders.Missing(given));

    /// <summary>What a command works with while the host is there.</summary>
    private sealed record HostedStacks(ChosenStacks Chosen, ProgramFolders Folders)
    {
        public ChosenStacks Stacks => Chosen;

        public string Project(string program) => StackEngine.ProjectOf(Locate(Folders, program));

        public StackRequest Request(string program, string stack, string[] config) => new(Locate(Folders, program), stack, config.Select(Pair).ToImmutableDictionary());

        private static KeyValuePair<string, JsonNode?> Pair(string given)
        {
            if (given.Split('=', 2) is not [{ Length: > 0 } name, var value])
            {
                throw CommandException.BadInput($"--config: '{given}' must read key=value");
            }

            if (value.StartsWith('@'))
            {
                return KeyValuePair.Create(name, (JsonNode?)JsonValue.Create(File.ReadAllText(value[1..]).TrimEnd('\n')));
            }

            try
            {
                return KeyValuePair.Create(name, JsonNode.Parse(value));
            }
            catch (JsonException)
            {
                return KeyValuePair.Create(name, (JsonNode?)JsonValue.Create(value));
            }
        }
    }

    /// <summary>Options of the commands that need an engine: where the data is, and the environment that the stacks are built in.</summary>
    private sealed class HostedOptions(bool json = true)
    {
        private readonly Option<string?> _data = CommonOptions.Data();
        private readonly Option<string?> _fleet = CommonOptions.Fleet();
        private readonly Option<Uri?> _cloud = CommonOptions.Cloud();
        private readonly Option<double?> _speed = CommonOptions.Speed();
        private readonly Option<bool>? _json = json ? CommonOptions.Json() : null;

        public void AddTo(Command command)
        {
            foreach (var option in new Option?[] { _data, _fleet, _cloud, _speed, _json }.OfType<Option>())
            {
                command.Add(option);
            }
        }

        public async Task<int> RunAsync(ParseResult parsed, Func<HostedStacks, bool, CancellationToken, Task<int>> work, CancellationToken cancellationToken)
        {
            var settings = Settings.Load();
            settings = settings.With(new Dictionary<string, string?> { ["Workflows:ServerName"] = $"{settings.Workflows.ServerName}-stacks-{Environment.ProcessId}" });
            var request = new HostRequest(new DataFolder(parsed.GetValue(_data) ?? settings.Server.Data), 0)
            {
                Runbooks = [settings.Server.Runbooks ?? Installation.Runbooks],
                PromotionEnvironment = new EnvironmentSettings { Fleet = parsed.GetValue(_fleet), Cloud = parsed.GetValue(_cloud), Speed = parsed.GetValue(_speed) },
                CloudFirst = true,
                HasView = true,
                Ask = true,
            };
            using var stop = new StopSignal("stopping; what is begun is brought to its end, and what is there stays");
            await using var host = await OrchestratorHost.StartAsync(settings, request, cancellationToken);
            if (host.PromotionEnvironment.Own)
            {
                await EnvironmentOpener.WhenCloudAnswersAsync(host.PromotionEnvironment.Cloud!, host.PromotionEnvironment.Clock?.Anchor, cancellationToken);
            }

            try
            {
                return await work(
                    new HostedStacks(host.Services.GetRequiredService<ChosenStacks>(), host.Services.GetRequiredService<ProgramFolders>()), _json is not null && parsed.GetValue(_json), stop.Requested);
            }
            catch (StackProgramException wrong)
            {
                throw CommandException.Diagnostics(wrong.Diagnostics);
            }
            catch (StackStateException wrong)
            {
                throw new CommandException(ExitCode.Failed, wrong.Message, wrong);
            }
            catch (StackLockedException held)
            {
                throw new CommandException(ExitCode.Failed, $"{held.Message}. Wait until that process has ended, then try again", held);
            }
            catch (StackEngineException failed)
            {
                throw new CommandException(failed.Code is "backend" or "pulumi-missing" or "pulumi-version" or "authentication" ? ExitCode.NotReachable : ExitCode.Failed, failed.Message, failed);
            }
            finally
            {
                await host.StopAsync(CancellationToken.None);
            }
        }
    }
}

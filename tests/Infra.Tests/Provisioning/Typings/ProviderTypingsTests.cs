using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Orchestrator.Fleet.Units;
using Orchestrator.Infra.Provisioning;
using Orchestrator.Infra.Provisioning.Alicloud;
using Orchestrator.Infra.Provisioning.Programs;
using Orchestrator.Infra.Provisioning.Running;
using Orchestrator.Infra.Provisioning.Stacks;
using Orchestrator.Infra.Tests.Npm;

namespace Orchestrator.Infra.Tests.Provisioning.Typings;

/// <summary>
/// The programs that ship and what the embedded engine knows, against the typings of <c>@pulumi/alicloud</c> and <c>@pulumi/kubernetes</c>. The programs are checked against
/// <c>resource-schema.json</c>, and that file against the typings.
/// </summary>
public sealed class ProviderTypingsTests
{
    private static readonly NodePackages packages = new(Path.GetDirectoryName(Here())!);

    [Fact]
    public async Task The_schema_that_programs_are_checked_against_is_that_of_the_providers_typings()
    {
        await packages.RequireAsync();
        var programs = Path.Combine(Root(), "Infra", "Provisioning", "Programs");
        var fresh = Path.GetTempFileName();
        try
        {
            string Package(string name) => Path.Combine(packages.Folder, "node_modules", "@pulumi", name);
            await packages.RunAsync(Path.Combine(programs, "resource-schema.cjs"), Package("alicloud"), Package("kubernetes"), fresh);

            Assert.Equal(await File.ReadAllTextAsync(Path.Combine(programs, "resource-schema.json"), TestContext.Current.CancellationToken), await File.ReadAllTextAsync(fresh, TestContext.Current.CancellationToken));
        }
        finally
        {
            File.Delete(fresh);
        }
    }

    /// <summary>Reading refuses a token, an input or an output that the schema has not, at any depth; here no program that ships may be refused.</summary>
    [Theory]
    [InlineData(UnitKind.Cloud)]
    [InlineData(UnitKind.BigData)]
    public void Every_token_input_and_output_of_a_program_that_ships_is_the_providers(UnitKind kind)
    {
        var program = ProgramReader.Read(StackPrograms.For(kind));
        var config = ImmutableDictionary<string, JsonNode?>.Empty;
        ProgramCheck.Run(program, ConfigValues.Resolve(program, kind == UnitKind.BigData ? config.Add("cluster", "lend") : config), new Urns(program.Name, "unit-1"));

        Assert.All(program.Resources, resource => Assert.Contains(resource.Type, ResourceTypes.All));
    }

    [Fact]
    public void Every_input_that_the_embedded_engine_passes_on_is_the_providers_and_the_programs_that_ship_need_no_other()
    {
        Assert.Equal(ResourceTypes.All.Where(token => token.StartsWith("alicloud:", StringComparison.Ordinal)).Order(), AlicloudProvider.Types.Keys.Order());
        foreach (var type in AlicloudProvider.Types.Values)
        {
            Assert.All(type.Inputs, input => Assert.True(ResourceSchema.Inputs(type.Token).ContainsKey(input), $"{type.Token} has no input {input}"));
            Assert.Subset(type.Inputs.ToHashSet(), type.Changeable.ToHashSet());
            Assert.All(ResourceTypes.Required(type.Token), input => Assert.True(type.Inputs.Contains(input), $"{type.Token} needs {input}"));
        }

        foreach (var resource in ProgramReader.Read(StackPrograms.For(UnitKind.Cloud)).Resources.Where(resource => resource.Type.StartsWith("alicloud:", StringComparison.Ordinal)))
        {
            Assert.All(resource.Properties, property => Assert.True(AlicloudProvider.Types[resource.Type].Inputs.Contains(property.Key), $"{resource.Type}: {property.Key}"));
        }
    }

    private static string Root() => Path.GetFullPath(Path.Combine(packages.Folder, "..", "..", "..", ".."));

    private static string Here([CallerFilePath] string here = "") => here;
}

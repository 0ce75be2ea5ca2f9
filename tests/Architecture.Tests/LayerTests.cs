namespace Orchestrator.Architecture.Tests;

/// <summary>Assemblies reference each other one way, and each package has its room.</summary>
public sealed class LayerTests
{
    public static TheoryData<string> Projects => House.Projects;

    [Theory, MemberData(nameof(Projects))]
    public void An_assembly_references_only_what_its_layer_may(string project)
    {
        var references = House.Load(project).GetReferencedAssemblies().Select(House.Project).OfType<string>();

        Assert.Empty(references.Except(House.Allowed[project]));
    }

    [Theory, MemberData(nameof(Projects))]
    public void A_package_is_used_only_in_its_room(string project)
    {
        var strangers =
            from reference in House.Load(project).GetReferencedAssemblies()
            from package in House.Packages
            where reference.Name!.StartsWith(package.Key, StringComparison.Ordinal) && !package.Value.Contains(project)
            select reference.Name;

        Assert.Empty(strangers);
    }

    [Fact]
    public void The_layers_have_an_order()
    {
        var seen = new HashSet<string>();
        foreach (var (project, references) in House.Allowed)
        {
            Assert.Empty(references.Except(seen));
            seen.Add(project);
        }
    }
}

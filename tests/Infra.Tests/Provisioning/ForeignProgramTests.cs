using Orchestrator.Infra.Provisioning;

namespace Orchestrator.Infra.Tests.Provisioning;

/// <summary>Programs with the features of those that people publish: read whole, or refused with the place and the reason; none crashes, none is half understood.</summary>
public sealed class ForeignProgramTests
{
    public static TheoryData<string, string> Programs => new()
    {
        { "a type of another cloud", "name: web\nruntime: yaml\nresources:\n  bucket:\n    type: aws:s3:Bucket\n    properties:\n      website:\n        indexDocument: index.html\n" },
        { "a data source", "name: web\nruntime: yaml\nvariables:\n  zones:\n    fn::invoke:\n      function: alicloud:getZones\n      arguments: { availableResourceCreation: VSwitch }\n      return: zones\n" },
        { "the short form of a data source", "name: web\nruntime: yaml\nvariables:\n  images:\n    fn::alicloud:ecs:getImages: { nameRegex: \"^aliyun_3\" }\n" },
        { "a resource that is read", "name: web\nruntime: yaml\nresources:\n  net:\n    type: alicloud:vpc:Network\n    get:\n      id: vpc-1\n" },
        { "another stack", "name: web\nruntime: yaml\nvariables:\n  net:\n    fn::stackReference: [ organization/network/prod, vpcId ]\n" },
        { "a stack reference as a resource", "name: web\nruntime: yaml\nresources:\n  net:\n    type: pulumi:pulumi:StackReference\n    properties: { name: organization/network/prod }\n" },
        { "a component", "name: web\nruntime: yaml\ncomponents:\n  shop:\n    inputs: { size: { type: integer } }\n    resources: {}\nresources:\n  one:\n    type: shop\n" },
        { "an archive", "name: web\nruntime: yaml\nvariables:\n  code:\n    fn::assetArchive:\n      index.js: { fn::fileAsset: ./index.js }\n" },
        { "a program in another folder", "name: web\nruntime: yaml\nmain: src\nresources: {}\n" },
        { "a program that something else writes", "name: web\nruntime:\n  name: yaml\n  options:\n    compiler: cue export\n" },
        { "another language", "name: web\nruntime: nodejs\nmain: index.ts\n" },
        { "an option that is not known here", "name: web\nruntime: yaml\nresources:\n  net:\n    type: alicloud:vpc:Network\n    options: { aliases: [ { name: old } ], parent: \"${other}\" }\n  other:\n    type: alicloud:vpc:Network\n" },
        { "anchors", "name: web\nruntime: yaml\nvariables:\n  a: &a { x: 1 }\n  b: *a\n" },
        { "a list of resources", "name: web\nruntime: yaml\nresources:\n  - type: alicloud:vpc:Network\n" },
        { "resources that are nothing", "name: web\nruntime: yaml\nresources:\n  net:\n" },
        { "a helm chart", "name: web\nruntime: yaml\nresources:\n  redis:\n    type: kubernetes:helm.sh/v3:Release\n    properties: { chart: redis, repositoryOpts: { repo: https://charts.bitnami.com/bitnami } }\n" },
        { "a number as the name", "name: 12\nruntime: yaml\nresources: [\n" },
    };

    [Theory, MemberData(nameof(Programs))]
    public void It_is_refused_with_its_place(string what, string program)
    {
        var folder = Drivers.NewDirectory();
        try
        {
            File.WriteAllText(Path.Combine(folder, "Pulumi.yaml"), program);

            var diagnostics = StackEngine.Check(folder);

            Assert.True(diagnostics.Length > 0, what);
            Assert.All(diagnostics, diagnostic =>
            {
                Assert.True(diagnostic.Position.Line >= 1 && diagnostic.Position.Column >= 1);
                Assert.False(string.IsNullOrWhiteSpace(diagnostic.Message));
            });
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData("main: .\n")]
    [InlineData("author: somebody\nlicense: MIT\nwebsite: https://example.com\ntemplate: { config: { region: { default: cn-hangzhou } } }\ntags: { team: trade }\n")]
    [InlineData("stackConfigDir: config\nbackend: { url: \"s3://states\" }\nplugins: { providers: [ { name: alicloud, version: 3.108.0 } ] }\n")]
    public void What_means_nothing_to_a_run_is_read(string keys)
    {
        var folder = Drivers.NewDirectory();
        try
        {
            File.WriteAllText(Path.Combine(folder, "Pulumi.yaml"), $"name: web\nruntime: yaml\n{keys}resources:\n  net:\n    type: alicloud:vpc:Network\n");

            Assert.Empty(StackEngine.Check(folder));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}

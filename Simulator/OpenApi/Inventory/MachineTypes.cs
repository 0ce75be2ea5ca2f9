using System.Collections.Frozen;
using System.Globalization;
using Orchestrator.Simulator.OpenApi.Gateway;

namespace Orchestrator.Simulator.OpenApi.Inventory;

/// <summary>
/// The instance types that can be rented: general (1 core to 4 GiB), compute (1 to 2) and memory (1 to 8) families of three generations,
/// from <c>large</c> (2 cores) to <c>16xlarge</c> (64 cores). Sizes are as the vendor's names say.
/// </summary>
internal static class MachineTypes
{
    private static readonly (string Size, int Cores)[] sizes = [("large", 2), ("xlarge", 4), ("2xlarge", 8), ("3xlarge", 12), ("4xlarge", 16), ("6xlarge", 24), ("8xlarge", 32), ("16xlarge", 64)];

    public static FrozenDictionary<string, MachineType> All { get; } = (
        from generation in new[] { 6, 7, 8 }
        from family in new[] { (Letter: "g", Ratio: 4), (Letter: "c", Ratio: 2), (Letter: "r", Ratio: 8) }
        from suffix in generation == 8 ? new[] { "i", "y" } : generation == 7 ? ["", "a"] : [""]
        let name = string.Create(CultureInfo.InvariantCulture, $"ecs.{family.Letter}{generation}{suffix}")
        from size in sizes
        select new MachineType($"{name}.{size.Size}", name, size.Cores, size.Cores * family.Ratio)).ToFrozenDictionary(type => type.Id);

    /// <exception cref="ApiRefusal">There is no such type.</exception>
    public static MachineType Get(string id) =>
        All.GetValueOrDefault(id) ?? throw new ApiRefusal(404, "InvalidInstanceType.NotFound", $"The specified InstanceType {id} does not exist.");
}

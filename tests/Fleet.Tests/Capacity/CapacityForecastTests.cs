using Orchestrator.Fleet.Capacity;
using Orchestrator.Fleet.Demand;
using Orchestrator.Fleet.Units;

namespace Orchestrator.Fleet.Tests.Capacity;

public sealed class CapacityForecastTests
{
    [Fact]
    public void The_percentile_is_that_at_rest_without_load_and_the_objective_at_the_requests_of_a_core()
    {
        var application = new ApplicationProfile { RequestsPerCore = 60, BaseMilliseconds = 40, ObjectiveMilliseconds = 200, TimeoutMilliseconds = 2_000 };

        Assert.Equal(40, application.P99(0));
        Assert.Equal(200, application.P99(application.RequestsPerCore / application.SaturationPerCore), tolerance: 1e-9);
        Assert.Equal(2_000, application.P99(application.MostPerCore / application.SaturationPerCore), tolerance: 1e-6);
        Assert.Equal(2_000, application.P99(1));
    }

    [Fact]
    public void The_demo_fleets_home_carries_an_evening_and_not_the_peak()
    {
        var fleet = Shipped.DemoFleet;

        Assert.Equal(100_000, fleet.AdmittedTraffic.Peak);
        Assert.Equal(1024 * 0.9 * 60, CapacityForecast.Home(fleet), tolerance: 1e-6);
        Assert.InRange(fleet.AdmittedTraffic.At(TimeSpan.FromHours(23)), 0, CapacityForecast.Home(fleet));
        // Even what its machines serve at the very most is less: without units the night fails.
        Assert.InRange(1024 * fleet.Application.MostPerCore, 0, 0.8 * fleet.AdmittedTraffic.Peak);
        // Several-fold within seconds.
        Assert.True(fleet.Traffic.At(TimeSpan.FromSeconds(3)) > 5 * fleet.Traffic.At(TimeSpan.FromHours(23.9)));
    }

    [Theory]
    [InlineData(UnitKind.Cloud, 32, 20)]
    // 14,400 requests a second on replicas of 4 cores, which beside half a machine of batch work are worth 3.5 cores of 60 requests: 68.6.
    [InlineData(UnitKind.BigData, 12, 69)]
    [InlineData(UnitKind.Cloud, 0.1, 1)]
    public void A_unit_is_sized_for_its_share_of_the_peak_with_a_fifth_to_spare(UnitKind kind, double percent, int hosts) =>
        Assert.Equal(hosts, CapacityForecast.HostsFor(Shipped.DemoFleet, kind, 100_000, percent));
}

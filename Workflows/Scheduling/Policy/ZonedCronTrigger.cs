using Quartz;
using Quartz.Extensibility;
using Quartz.Impl.AdoJobStore;
using Quartz.Impl.Triggers;

namespace Orchestrator.Workflows.Scheduling.Policy;

/// <summary>
/// Quartz's trigger of ours: its times are those of <see cref="CronSchedule"/>, so that what fires is what is shown. Quartz's own
/// cron trigger fires once and never again where daylight saving is negative. A misfire fires now; whether it is made up for is decided by <c>TriggerFiring</c>.
/// </summary>
internal sealed class ZonedCronTrigger(CronSchedule schedule, string cron, string timeZone, TimeProvider clock) : CronTriggerImpl(clock)
{
    private readonly TimeProvider scheduler = clock;

    public string Cron { get; } = cron;

    public string Zone { get; } = timeZone;

    /// <summary>Keeps Quartz's own cron persistence from taking it.</summary>
    public override bool HasAdditionalProperties => true;

    public override DateTimeOffset? FinalFireTimeUtc => null;

    public override DateTimeOffset? GetFireTimeAfter(DateTimeOffset? afterTimeUtc)
    {
        var after = afterTimeUtc ?? scheduler.GetUtcNow();
        return schedule.After(StartTimeUtc > after ? StartTimeUtc.AddSeconds(-1) : after);
    }

    public override void UpdateAfterMisfire(ICalendar? calendar) => NextFireTimeUtc = scheduler.GetUtcNow();

    public override IScheduleBuilder GetScheduleBuilder() => new Schedule(Cron, Zone, scheduler);

    /// <summary>Makes triggers of a cron that <see cref="CronSchedule"/> takes.</summary>
    /// <param name="clock">The scheduler's.</param>
    internal sealed class Schedule(string cron, string timeZone, TimeProvider clock) : IScheduleBuilder
    {
        public IMutableTrigger Build() => CronSchedule.TryCreate(cron, timeZone, out var diagnostic) is { } schedule
            // Also for those that skip what they miss: stores differ in DoNothing, so TriggerFiring skips by itself.
            ? new ZonedCronTrigger(schedule, cron, timeZone, clock) { MisfireInstructionCode = (int)CronTriggerMisfireInstruction.FireAndProceed }
            : throw new SchedulerException(diagnostic!);
    }

    /// <summary>Keeps the trigger in Quartz's table of triggers with a few properties.</summary>
    /// <param name="clock">The scheduler's.</param>
    internal sealed class Persistence(TimeProvider clock) : SimplePropertiesTriggerPersistenceDelegateBase
    {
        /// <summary>Its name in the store: at most 8 characters, never to be changed.</summary>
        public const string Type = "CRON_TZ";

        public override bool CanHandleTriggerType(IOperableTrigger trigger) => trigger is ZonedCronTrigger;

        public override string GetHandledTriggerTypeDiscriminator() => Type;

        protected override SimplePropertiesTriggerProperties GetTriggerProperties(IOperableTrigger trigger) =>
            trigger is ZonedCronTrigger zoned ? new() { String1 = zoned.Cron, TimeZoneId = zoned.Zone } : throw new System.Diagnostics.UnreachableException();

        protected override TriggerPropertyBundle GetTriggerPropertyBundle(SimplePropertiesTriggerProperties properties) =>
            new(new Schedule(properties.String1 ?? "", properties.TimeZoneId ?? "", clock));
    }
}

namespace Orchestrator.Servers;

/// <summary>Whether the real servers can be started on this machine, so that what needs them is skipped by name where they cannot.</summary>
public static class ServerAvailability
{
    /// <summary>Why PostgreSQL cannot be started here; empty when it can. <c>Assert.SkipUnless(ServerAvailability.HasPostgres, ServerAvailability.WhyNoPostgres)</c>.</summary>
    public static string WhyNoPostgres { get; } =
        Installed.PostgresFolder is null ? "PostgreSQL is not installed (Debian: apt-get install postgresql-15)"
        : Environment.IsPrivilegedProcess && !Installed.HasUser("postgres") ? "PostgreSQL refuses to run as root, and there is no user 'postgres' to run it as"
        : "";

    /// <summary>Why RabbitMQ cannot be started here; empty when it can. <c>Assert.SkipUnless(ServerAvailability.HasRabbit, ServerAvailability.WhyNoRabbit)</c>.</summary>
    public static string WhyNoRabbit { get; } =
        Installed.RabbitFolder is null ? "RabbitMQ is not installed (Debian: apt-get install rabbitmq-server)"
        : Installed.Find("epmd") is null ? "Erlang's port mapper 'epmd' is not on the path (Debian: apt-get install erlang-base)"
        : "";

    /// <summary>Why one of them cannot be started here; empty when both can.</summary>
    public static string WhyNotBoth => HasPostgres ? WhyNoRabbit : WhyNoPostgres;

    /// <summary>Why Prometheus' own checker cannot be run here; empty when it can.</summary>
    public static string WhyNoPromtool { get; } = Installed.Find("promtool") is null ? "promtool is not installed (Debian: apt-get install prometheus)" : "";

    /// <summary>Why a Prometheus server cannot be started here; empty when it can.</summary>
    public static string WhyNoPrometheus { get; } = Installed.Find("prometheus") is null ? "Prometheus is not installed (Debian: apt-get install prometheus)" : "";

    public static bool HasPostgres => WhyNoPostgres.Length == 0;

    public static bool HasRabbit => WhyNoRabbit.Length == 0;

    public static bool HasBoth => HasPostgres && HasRabbit;
}

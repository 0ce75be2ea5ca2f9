using Microsoft.Extensions.DependencyInjection;

namespace Orchestrator.Workflows.Model.Activities;

/// <summary>Registers what runbook steps can do.</summary>
public static class ActivityServices
{
    /// <summary>Makes an activity known under its dotted name; each attempt gets an instance of its own, from a scope of its own.</summary>
    /// <param name="name">As runbooks name it: lower-case words joined by dots, as in <c>cluster.shift</c>.</param>
    /// <param name="title">For people: what a step of this activity does.</param>
    public static IServiceCollection AddActivity<TActivity, TArguments, TResult>(
        this IServiceCollection services, string name, string title, Effect effect, string? description = null)
        where TActivity : class, IActivity<TArguments, TResult>
        => services.AddSingleton<RegisteredActivity>(_ => new RegisteredActivity<TActivity, TArguments, TResult>(
            name, () => new ActivityInfo(name, title, effect, ActivitySchema.Of(typeof(TArguments)), ActivitySchema.Of(typeof(TResult))) { Description = description }));
}

using System.Collections.Frozen;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.DependencyInjection;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Model.Activities;

/// <summary>One activity as it was registered: what is known of it, and how to run it.</summary>
/// <param name="describe">Called when somebody asks: schemas are made from types, which a worker that starts does not wait for.</param>
internal abstract class RegisteredActivity(string name, Func<ActivityInfo> describe)
{
    private readonly Lazy<ActivityInfo> info = new(describe);

    public string Name { get; } = name;

    public ActivityInfo Info => info.Value;

    /// <summary>Runs one attempt with an instance of its own. Throws <see cref="ActivityFailedException"/> when the arguments do not fit.</summary>
    public abstract Task<JsonElement?> ExecuteAsync(IServiceProvider services, JsonElement arguments, TaskContext context, CancellationToken cancellationToken);
}

internal static class ActivityArguments
{
    /// <summary>How arguments are read: as the schema says, with nothing missing, null or unknown that the type does not allow.</summary>
    public static JsonSerializerOptions Options { get; } = new(WorkflowJson.Options)
    {
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    };
}

internal sealed class RegisteredActivity<TActivity, TArguments, TResult>(string name, Func<ActivityInfo> describe) : RegisteredActivity(name, describe)
    where TActivity : class, IActivity<TArguments, TResult>
{
    private static readonly ObjectFactory<TActivity> create = ActivatorUtilities.CreateFactory<TActivity>([]);

    public override async Task<JsonElement?> ExecuteAsync(
        IServiceProvider services, JsonElement arguments, TaskContext context, CancellationToken cancellationToken)
    {
        var typed = Read(arguments);
        var activity = services.GetService<TActivity>() ?? create(services, null);
        var result = await activity.ExecuteAsync(typed, context, cancellationToken);
        if (context.Undo)
        {
            return UndoReport.Of(result);
        }

        return result is null ? null : WorkflowJson.ToElement(result);
    }

    private static TArguments Typed(JsonElement arguments) =>
        arguments.Deserialize<TArguments>(ActivityArguments.Options) ?? throw new JsonException("null is no argument object");

    /// <summary>With whole numbers written as such: 4.0 is 4. The default where that does not help.</summary>
    private static TArguments? TryAgain(JsonElement arguments)
    {
        try
        {
            return Typed(WholeNumber.Normalise(arguments));
        }
        catch (Exception error) when (error is JsonException or NotSupportedException or ArgumentException or FormatException)
        {
            return default;
        }
    }

    private TArguments Read(JsonElement arguments)
    {
        try
        {
            return Typed(arguments);
        }
        catch (JsonException) when (TryAgain(arguments) is { } typed)
        {
            return typed;
        }
        catch (Exception error) when (error is JsonException or NotSupportedException or ArgumentException or FormatException)
        {
            throw new ActivityFailedException(
                "bad-arguments", $"The arguments do not fit {Name}: {BadArguments.Explain(error, arguments)} Correct the step's 'with', or the inputs it takes them from.", retryable: false, error);
        }
    }
}

/// <summary>The registered activities, by their dotted names. Throws <see cref="ArgumentException"/> for a name registered twice.</summary>
internal sealed class ActivityRegistry(IEnumerable<RegisteredActivity> activities)
{
    private readonly FrozenDictionary<string, RegisteredActivity> byName = activities.ToFrozenDictionary(activity => activity.Name, StringComparer.Ordinal);

    public RegisteredActivity? Find(string name) => byName.GetValueOrDefault(name);

    public IEnumerable<ActivityInfo> Infos => byName.Values.Select(activity => activity.Info);
}

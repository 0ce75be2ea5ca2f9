using System.Collections.Concurrent;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using Orchestrator.Workflows.Model.Events;

namespace Orchestrator.Server.Api;

/// <summary>The word for a value of an enum, the same in answers, in the terminal and in the journal: kebab case.</summary>
internal static class Words
{
    public static string Of<T>(T value)
        where T : struct, Enum => Known<T>.Words.GetOrAdd(value, static value => JsonNamingPolicy.KebabCaseLower.ConvertName(value.ToString()));

    /// <summary>The kind of an event as the journal names it.</summary>
    public static string Kind(RunEvent happened) => Kinds.TryGetValue(happened.GetType(), out var kind) ? kind : JsonNamingPolicy.KebabCaseLower.ConvertName(happened.GetType().Name);

    private static readonly Dictionary<Type, string> Kinds = typeof(RunEvent).GetCustomAttributes<JsonDerivedTypeAttribute>(inherit: false)
        .ToDictionary(kind => kind.DerivedType, kind => (string)kind.TypeDiscriminator!);

    public static bool TryParse<T>(string word, out T value)
        where T : struct, Enum
    {
        foreach (var candidate in Enum.GetValues<T>())
        {
            if (Of(candidate) == word)
            {
                value = candidate;
                return true;
            }
        }

        value = default;
        return false;
    }

    /// <summary>Throws <see cref="ProblemException"/> that lists the words there are.</summary>
    public static T Parse<T>(string word, string what)
        where T : struct, Enum => TryParse<T>(word, out var value)
            ? value
            : throw ProblemException.BadRequest($"'{word}' is no {what}; one of {string.Join(", ", Enum.GetValues<T>().Select(Of))}.");

    private static class Known<T>
        where T : struct, Enum
    {
        public static ConcurrentDictionary<T, string> Words { get; } = new();
    }
}

using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Orchestrator.Workflows.Model.Events;

namespace Orchestrator.Server.Api;

/// <summary>
/// Bounds what requests bring and the server keeps: every text, list, label and document of every body, by its kind. A member that a new
/// body has is bounded without anybody's doing. Runbook sources have bounds of their own, with places in the text.
/// </summary>
internal sealed class GivenBounds : IEndpointFilter
{
    /// <summary>A text that people write, as a reason or a comment: bytes of UTF-8.</summary>
    public const int LongestText = 4096;

    /// <summary>A name, id, path's end or word: characters.</summary>
    public const int LongestName = 256;

    /// <summary>Items of a list of names.</summary>
    public const int MostItems = 1000;

    private static readonly ConcurrentDictionary<Type, ImmutableArray<PropertyInfo>> members = new();

    /// <summary>What people write in sentences, and paths of steps, which name many steps; everything else that is text is a name.</summary>
    private static readonly ImmutableHashSet<string> sentences = ["Reason", "Comment", "Note", "Path"];

    public ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        foreach (var argument in context.Arguments)
        {
            if (argument is string text) Text("a part of the address", text);
            else if (argument is not null && Members(argument.GetType()) is { IsEmpty: false } own) Check(argument, own, "");
        }

        return next(context);
    }

    /// <summary>Throws <see cref="ProblemException"/> 400 for a text, list or label beyond its bound, 413 for a document.</summary>
    public static void Check(object body) => Check(body, Members(body.GetType()), "");

    private static void Check(object body, ImmutableArray<PropertyInfo> own, string within)
    {
        foreach (var member in own)
        {
            var place = $"{within}{JsonNamingPolicy.CamelCase.ConvertName(member.Name)}";
            switch (member.GetValue(body))
            {
                case string when member.Name == "Source":
                    // The reader of runbooks says what is too large in it, and where.
                    break;
                case string text when sentences.Contains(member.Name):
                    Text(place, text);
                    break;
                case string name:
                    Name(place, name);
                    break;
                case IReadOnlyDictionary<string, string> labels:
                    Labels(place, labels);
                    break;
                case IReadOnlyList<string> names:
                    List(place, names.Count);
                    foreach (var name in names) Name($"an item of {place}", name);
                    break;
                case IReadOnlyList<object> items:
                    List(place, items.Count);
                    foreach (var item in items) Check(item, Written(item.GetType()), $"{place}.");
                    break;
                case JsonElement { ValueKind: not JsonValueKind.Undefined } document:
                    Document(place, document, member.Name == "Payload" ? RunBounds.LargestSignal : RunBounds.LargestInputs);
                    break;
            }
        }
    }

    private static void Text(string place, string text)
    {
        if (Encoding.UTF8.GetByteCount(text) is var bytes && bytes > LongestText) throw TooLong($"{place} has {bytes:N0} bytes, and at most {LongestText:N0} are kept: write less, and link to the rest.");
    }

    private static void Name(string place, string? name)
    {
        if (name is { Length: > LongestName }) throw TooLong($"{place} has {name.Length:N0} characters, and names have at most {LongestName}: give a shorter one.");
    }

    private static void List(string place, int count)
    {
        if (count > MostItems) throw TooLong($"{place} has {count:N0} items, and at most {MostItems:N0} are taken: send them in several requests.");
    }

    private static void Labels(string place, IReadOnlyDictionary<string, string> labels)
    {
        if (labels.Count > RunBounds.MostLabels) throw TooLong($"{place} has {labels.Count:N0} entries, and a run has at most {RunBounds.MostLabels}: keep those that runs are found by.");

        foreach (var (key, value) in labels)
        {
            if (key.Length is 0 or > RunBounds.LongestLabel) throw TooLong($"a name in {place} has {key.Length:N0} characters, and it has 1 to {RunBounds.LongestLabel}: give another name.");
            if (value is not { Length: <= RunBounds.LongestLabel })
                throw TooLong($"{place}.{(key.Length > 60 ? $"{key[..60]}…" : key)} has {value?.Length ?? 0:N0} characters, and a label has 0 to {RunBounds.LongestLabel}: put the name or address of the thing there instead.");
        }
    }

    private static void Document(string place, JsonElement document, int most)
    {
        if (JsonMarshal.GetRawUtf8Value(document).Length is var bytes && bytes > most)
        {
            throw new ProblemException(
                StatusCodes.Status413PayloadTooLarge, "too-large", $"{place} has {bytes:N0} bytes, and at most {most:N0} are kept: pass a name or an address instead of the data itself.");
        }
    }

    private static ProblemException TooLong(string detail) => new(StatusCodes.Status400BadRequest, "too-long", $"{char.ToUpperInvariant(detail[0])}{detail[1..]}");

    /// <summary>Of a type that is a request's body: those refuse members that they do not know.</summary>
    private static ImmutableArray<PropertyInfo> Members(Type type) => members.GetOrAdd(type, static type =>
        type.GetCustomAttribute<JsonUnmappedMemberHandlingAttribute>() is null ? [] : Written(type));

    private static ImmutableArray<PropertyInfo> Written(Type type) => [.. type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(member => member.CanWrite)];
}

using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Orchestrator.Simulator.OpenApi.Gateway;

namespace Orchestrator.Simulator.OpenApi.Inventory;

/// <summary>Parts that answers of all products have in common.</summary>
internal static class Answers
{
    public static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);

    public static JsonArray Texts(IEnumerable<string> texts) => new([.. texts.Select(text => (JsonNode)text)]);

    /// <summary>A list within a map of its own, as older products have it: <c>{"Vpc": […]}</c>.</summary>
    public static Func<JsonArray, JsonNode> In(string name) => items => new JsonObject { [name] = items };

    /// <summary>One page of a list with <c>PageNumber</c>.</summary>
    public static JsonObject Page(ApiCall call, IEnumerable<JsonObject> items, string name, Func<JsonArray, JsonNode>? wrap = null, int size = 10, int most = 100, string total = "TotalCount")
    {
        var all = items.ToList();
        var number = Math.Max(1, call.FindNumber("PageNumber") ?? 1);
        var wanted = call.FindNumber("PageSize") ?? size;
        if (wanted < 1 || wanted > most)
        {
            throw ApiRefusal.Invalid("PageSize", $"it is 1 to {most}");
        }

        var page = new JsonArray([.. all.Skip((number - 1) * wanted).Take(wanted)]);
        return new JsonObject { ["PageNumber"] = number, ["PageSize"] = wanted, [total] = all.Count, [name] = wrap is null ? page : wrap(page) };
    }

    /// <summary>One page of a list with <c>NextToken</c>.</summary>
    /// <param name="counts">Which of <c>TotalCount</c> and <c>MaxResults</c> the action tells: newer products both.</param>
    public static JsonObject Slice(ApiCall call, IEnumerable<JsonObject> items, string name, Func<JsonArray, JsonNode>? wrap = null, int size = 20, int most = 100, params string[]? counts)
    {
        var all = items.ToList();
        var wanted = Math.Clamp(call.FindNumber("MaxResults") ?? size, 1, most);
        var start = call.Find("NextToken") is { } token ? Offset(token) : 0;
        var page = new JsonArray([.. all.Skip(start).Take(wanted)]);
        var answer = new JsonObject { [name] = wrap is null ? page : wrap(page) };
        foreach (var count in counts is null or [] ? ["MaxResults", "TotalCount"] : counts)
        {
            answer[count] = count switch { "MaxResults" => wanted, "TotalCount" => all.Count, _ => null };
        }

        answer["NextToken"] = start + wanted < all.Count ? Convert.ToBase64String(Encoding.ASCII.GetBytes((start + wanted).ToString(CultureInfo.InvariantCulture))) : null;
        return answer;
    }

    private static int Offset(string token)
    {
        var bytes = new byte[32];
        return Convert.TryFromBase64String(token, bytes, out var length) && int.TryParse(Encoding.ASCII.GetString(bytes, 0, length), NumberStyles.None, CultureInfo.InvariantCulture, out var offset)
            ? offset
            : throw ApiRefusal.Invalid("NextToken", "it is none of this list");
    }
}

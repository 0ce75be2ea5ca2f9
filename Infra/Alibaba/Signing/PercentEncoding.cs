namespace Orchestrator.Infra.Alibaba.Signing;

/// <summary>RFC 3986: unreserved characters stay, everything else is UTF-8 in upper-case hex. <c>~</c> stays, <c>*</c> is <c>%2A</c>, a blank is <c>%20</c>.</summary>
internal static class PercentEncoding
{
    public static string Encode(string text) => Uri.EscapeDataString(text);

    /// <summary><c>a=1&amp;b=2</c> in the order given; names and values encoded.</summary>
    public static string Join(IEnumerable<KeyValuePair<string, string>> pairs) =>
        string.Join('&', pairs.Select(pair => $"{Encode(pair.Key)}={Encode(pair.Value)}"));
}

using Microsoft.AspNetCore.Http;
using Orchestrator.Simulator.Clusters.Objects;

namespace Orchestrator.Simulator.Clusters;

/// <summary>The form a client wants objects in.</summary>
internal enum Form { Whole, Table, Metadata }

/// <summary>Reads <c>Accept</c>: the first entry that this server can write counts.</summary>
internal static class Representation
{
    /// <exception cref="StatusException">406: none of them, like protobuf alone.</exception>
    public static Form Of(HttpRequest request)
    {
        var accepted = request.Headers.Accept.ToString();
        if (accepted.Length == 0)
        {
            return Form.Whole;
        }

        foreach (var entry in accepted.Split(',', StringSplitOptions.TrimEntries))
        {
            var parts = entry.Split(';', StringSplitOptions.TrimEntries);
            if (parts[0] is not ("application/json" or "*/*" or "application/*"))
            {
                continue;
            }

            switch (ValueOf(parts, "as"), ValueOf(parts, "g"), ValueOf(parts, "v"))
            {
                case ("", _, _):
                    return Form.Whole;
                case ("Table", "meta.k8s.io", "v1"):
                    return Form.Table;
                case ("PartialObjectMetadata" or "PartialObjectMetadataList", "meta.k8s.io", "v1"):
                    return Form.Metadata;
            }
        }

        throw StatusException.NotAcceptable();
    }

    private static string ValueOf(string[] parts, string name) =>
        parts.FirstOrDefault(part => part.StartsWith(name + "=", StringComparison.Ordinal)) is { } found ? found[(name.Length + 1)..] : "";
}

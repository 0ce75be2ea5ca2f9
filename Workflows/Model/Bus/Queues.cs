using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Orchestrator.Workflows.Model.Runbooks;

namespace Orchestrator.Workflows.Model.Bus;

/// <summary>Names of the queues.</summary>
internal static class Queues
{
    private const string Prefix = "orchestrator-";

    // RabbitMQ takes 255 bytes; a dead letter's names have something more.
    private const int Longest = 200;

    /// <summary>Tasks of a lane that ask for these tags of a worker, sorted. Many long ones stand in it as their hash.</summary>
    public static string Tasks(Lane lane, ImmutableArray<string> tags)
    {
        var name = Prefix + (lane == Lane.Emergency ? "tasks-emergency" : "tasks-normal");
        if (tags.IsDefaultOrEmpty) return name;

        // MassTransit takes no '=' in a name; a colon is in no tag.
        var tagged = $"{name}.{string.Join('.', tags).Replace('=', ':')}";
        return tagged.Length <= Longest ? tagged : $"{name}.{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(tagged)))}";
    }

    /// <summary>What workers tell the engine of a server: results and facts.</summary>
    public static string Engine(string server) => $"{Prefix}engine-{server}";

    /// <summary>What a server is told that is worth nothing without it: notes for its tasks, progress, requests for runs that it decides, answers.</summary>
    public static string Server(string server) => $"{Prefix}server-{server}";
}

using System.Text.Json.Nodes;
using Orchestrator.Server.Api;
using Orchestrator.Server.Identity;
using Orchestrator.Workflows.Execution;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Server.Audit;

/// <summary>
/// Keeps in the audit what people tried and may not: privileges that they have not, decisions that four eyes forbid. Of one person, address
/// and reason once a minute, and <see cref="MostAMinute"/> in all, so that nobody fills the journal by being refused; the next that is
/// kept says how many were left out. The log has each.
/// </summary>
internal sealed partial class RefusalAudit(Engine engine, Clocks clocks, ILogger<RefusalAudit> logger)
{
    public const int MostAMinute = 60;

    private static readonly TimeSpan window = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan waitLimit = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();
    private readonly HashSet<(string, string, string)> _kept = [];
    private long _since;
    private int _left;

    /// <summary>Whether an answer refuses a person something, rather than the state of things.</summary>
    public static bool Is(ProblemException diagnostic) =>
        diagnostic.Status == StatusCodes.Status403Forbidden ? diagnostic.Code is not "wrong-origin" : diagnostic is { Status: StatusCodes.Status409Conflict, Code: "already-decided" };

    /// <summary>Never fails: the answer is a refusal with or without a record, and the log has it.</summary>
    public async Task KeepAsync(Person person, string address, ProblemException refusal, CancellationToken cancellationToken)
    {
        if (engine.ReadOnly || Take((person.Name, address, refusal.Code)) is not { } left) return;

        var body = new JsonObject { ["address"] = address, ["code"] = refusal.Code, ["reason"] = refusal.Message, ["roles"] = new JsonArray([.. person.Roles.Select(role => (JsonNode)role)]) };
        if (refusal.Privilege is { } privilege) body["privilege"] = privilege;
        if (left > 0) body["leftOutBefore"] = left;
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(waitLimit);
            var auditEvent = new AuditEvent(0, $"access/{Guid.CreateVersion7():D}", 1, "access-refused", person.Name, clocks.EnvironmentClock.GetUtcNow(), WorkflowJson.ToElement(body));
            await engine.AddAuditEventAsync(auditEvent, cancellationToken: limit.Token);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            LogNotKept(exception, person.Name, address);
        }
    }

    /// <summary>How many were left out since the last that was kept; null: this one is left out too.</summary>
    private int? Take((string, string, string) refused)
    {
        lock (_gate)
        {
            if (_since == 0 || clocks.SystemClock.GetElapsedTime(_since) >= window)
            {
                _kept.Clear();
                _since = clocks.SystemClock.GetTimestamp();
            }

            if (_kept.Count >= MostAMinute || !_kept.Add(refused))
            {
                _left++;
                return null;
            }

            (var left, _left) = (_left, 0);
            return left;
        }
    }

    [LoggerMessage(EventId = 9011, Level = LogLevel.Warning, Message = "The refusal of {Person} at {Address} is not in the audit")]
    private partial void LogNotKept(Exception exception, string person, string address);
}

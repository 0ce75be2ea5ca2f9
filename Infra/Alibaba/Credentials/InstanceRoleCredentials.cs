using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Orchestrator.Infra.Alibaba.Signing;

namespace Orchestrator.Infra.Alibaba.Credentials;

/// <summary>
/// The RAM role of the ECS instance this process runs on, from the metadata service: version 2, which hands out a token for a
/// session first; version 1 only where the instance does not know version 2 and it is not forbidden.
/// </summary>
internal sealed class InstanceRoleCredentials : RefreshingCredentials
{
    public static readonly Uri MetadataService = new("http://100.100.100.200");

    private const int SessionSeconds = 21_600;

    private readonly HttpClient _http;
    private readonly Uri _service;
    private readonly string? _role;
    private readonly bool _version2Only;

    /// <param name="role">Null: the one role that the instance has.</param>
    public InstanceRoleCredentials(HttpClient http, Uri service, string? role, bool version2Only, TimeProvider systemClock)
        : base(systemClock)
    {
        _http = http;
        _service = service;
        _role = role;
        _version2Only = version2Only;
    }

    /// <summary>Whether a metadata service answers at all; elsewhere than on an instance its address leads nowhere.</summary>
    public async Task<bool> IsThereAsync(CancellationToken cancellationToken)
    {
        try
        {
            await SessionAsync(cancellationToken);
            return true;
        }
        catch (CredentialException)
        {
            return false;
        }
    }

    protected override async Task<Credential> FetchAsync(CancellationToken cancellationToken)
    {
        var session = await SessionAsync(cancellationToken);
        var role = _role ?? (await GetAsync("", session, cancellationToken)).Trim();
        if (role.Length == 0)
        {
            throw new CredentialException("the instance has no RAM role: attach one, or give other credentials");
        }

        var text = await GetAsync(Uri.EscapeDataString(role), session, cancellationToken);
        try
        {
            var answer = JsonNode.Parse(text) as JsonObject;
            return answer?["Code"]?.ToString() is "Success"
                ? StsAnswer.Of(answer, "AccessKeyId", "AccessKeySecret", $"instance role {role}")
                : throw new CredentialException($"the metadata service has no credentials for role {role}: {answer?["Code"]?.ToString() ?? "no code"}");
        }
        catch (JsonException e)
        {
            throw new CredentialException($"the metadata service answered no JSON for role {role}", e);
        }
    }

    /// <summary>Null: version 1.</summary>
    private async Task<string?> SessionAsync(CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, new Uri(_service, "/latest/api/token"));
        request.Headers.TryAddWithoutValidation("x-aliyun-ecs-metadata-token-ttl-seconds", SessionSeconds.ToString(CultureInfo.InvariantCulture));
        var (status, text) = await SendAsync(request, cancellationToken);
        return status == HttpStatusCode.OK ? text
            : _version2Only ? throw new CredentialException($"the metadata service gave no session token ({(int)status}) and version 1 is not allowed")
            : null;
    }

    private async Task<string> GetAsync(string role, string? session, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(_service, $"/latest/meta-data/ram/security-credentials/{role}"));
        if (session is not null)
        {
            request.Headers.TryAddWithoutValidation("x-aliyun-ecs-metadata-token", session);
        }

        var (status, text) = await SendAsync(request, cancellationToken);
        return status switch
        {
            HttpStatusCode.OK => text,
            HttpStatusCode.NotFound => throw new CredentialException(role.Length > 0
                ? $"the instance has no RAM role {role}"
                : "the instance has no RAM role: attach one, or give other credentials"),
            _ => throw new CredentialException($"the metadata service answered {(int)status}"),
        };
    }

    private async Task<(HttpStatusCode Status, string Text)> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await _http.SendAsync(request, cancellationToken);
            return (response.StatusCode, await response.Content.ReadAsStringAsync(cancellationToken));
        }
        catch (Exception e) when (e is HttpRequestException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new CredentialException($"the metadata service at {_service.Authority} gives no answer: this is no ECS instance, or the service is switched off", e);
        }
    }
}

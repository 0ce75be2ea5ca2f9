namespace Orchestrator.Infra.Settings;

/// <summary>Alibaba Cloud: with whose credentials, and where. Credentials themselves are never configuration; see <c>docs/alibaba-openapi.md</c>.</summary>
public sealed class AlibabaOptions
{
    /// <summary>A profile of the vendor's command line in <c>~/.aliyun/config.json</c>. Default (null): what the environment gives.</summary>
    public string? Profile { get; set; }

    /// <summary>The region of a stack whose provider names none, and of STS. Default <c>cn-hangzhou</c>.</summary>
    public string Region { get; set; } = "cn-hangzhou";

    /// <summary>Endpoints instead of the public ones, by <c>product/region</c>, <c>product</c> or <c>*</c>: <c>"*": "http://127.0.0.1:5090"</c> is the simulated cloud. Default: none.</summary>
    public Dictionary<string, Uri?> Endpoints { get; } = new(StringComparer.Ordinal);
}

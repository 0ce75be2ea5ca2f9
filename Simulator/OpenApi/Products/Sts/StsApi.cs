using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Orchestrator.Simulator.OpenApi.Gateway;
using Orchestrator.Simulator.OpenApi.Inventory;

namespace Orchestrator.Simulator.OpenApi.Products.Sts;

/// <summary>Security Token Service, version 2015-04-01. Every role of the account may be taken on.</summary>
internal sealed partial class StsApi(AccessKeys keys)
{
    private const string Version = "2015-04-01";

    public IEnumerable<ApiAction> Actions =>
    [
        Action("GetCallerIdentity", Identity),
        Action("AssumeRole", call => Assume(call, call.Caller)),
        Action("AssumeRoleWithOIDC", AssumeWithOidc) with { Anonymous = true },
    ];

    private static ApiAction Action(string name, Func<ApiCall, JsonObject> answer) => new("sts", Version, name, false, call => Task.FromResult(answer(call)));

    private static JsonObject Identity(ApiCall call) => new()
    {
        ["AccountId"] = AccessKeys.Account,
        ["Arn"] = call.Caller!.Arn,
        ["IdentityType"] = call.Caller.IdentityType,
        ["PrincipalId"] = call.Caller.DisplayName,
        ["UserId"] = call.Caller.IdentityType == "RAMUser" ? call.Caller.DisplayName : null,
        ["RoleId"] = call.Caller.IdentityType == "RAMUser" ? null : call.Caller.DisplayName,
    };

    private JsonObject AssumeWithOidc(ApiCall call)
    {
        call.Need("OIDCProviderArn");
        // The token of an OIDC provider is a JSON web token; whether its provider signed it is not checked here.
        return call.Need("OIDCToken").Split('.').Length == 3 ? Assume(call, null) : throw new ApiRefusal(400, "InvalidParameter.OIDCToken", "The specified OIDCToken is not valid.");
    }

    private JsonObject Assume(ApiCall call, AccessKey? from)
    {
        var role = call.Need("RoleArn");
        if (!RoleArn().IsMatch(role))
        {
            throw new ApiRefusal(404, "EntityNotExist.Role", $"The role {role} does not exist in the account {AccessKeys.Account}.");
        }

        var seconds = call.FindNumber("DurationSeconds") ?? 3600;
        if (seconds is < 900 or > 43_200)
        {
            throw new ApiRefusal(400, "InvalidParameter.DurationSeconds", "The Min/Max value of DurationSeconds is 15min/12hr.");
        }

        var key = keys.Issue(role, call.Need("RoleSessionName"), TimeSpan.FromSeconds(seconds), from);
        return new JsonObject
        {
            ["AssumedRoleUser"] = new JsonObject { ["Arn"] = key.Arn, ["AssumedRoleId"] = $"{key.DisplayName}:{call.Need("RoleSessionName")}" },
            ["Credentials"] = new JsonObject { ["AccessKeyId"] = key.Id, ["AccessKeySecret"] = key.Secret, ["SecurityToken"] = key.Token, ["Expiration"] = Answers.Time(key.ExpiresAt!.Value) },
        };
    }

    [GeneratedRegex("^acs:ram::" + AccessKeys.Account + ":role/[^/]+$")]
    private static partial Regex RoleArn();
}

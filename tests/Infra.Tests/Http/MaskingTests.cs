using Orchestrator.Infra.Http;

namespace Orchestrator.Infra.Tests.Http;

public sealed class MaskingTests
{
    [Theory]
    [InlineData("password", true)]
    [InlineData("dbPassword", true)]
    [InlineData("passwords", true)]
    [InlineData("tokens", true)]
    [InlineData("api_keys", true)]
    [InlineData("credential", true)]
    [InlineData("Credentials", true)]
    [InlineData("Authorization", true)]
    [InlineData("clientToken", false)]
    [InlineData("clientTokens", false)]
    [InlineData("tokenised", false)]
    [InlineData("unit", false)]
    public void A_name_says_whether_it_holds_a_secret(string name, bool secret) => Assert.Equal(secret, Masking.IsSecretName(name));

    [Theory]
    [InlineData("https://u:p@host/x", "https://***@host/x")]
    [InlineData("see https://host/x?access_token=abc&n=1 now", "see https://host/x?access_token=***&n=1 now")]
    [InlineData("https://hooks.slack.com/services/T0/B0/abc", "https://hooks.slack.com/services/***")]
    [InlineData("https://host/open-apis/bot/v2/hook/abc", "https://host/open-apis/bot/v2/hook/***")]
    [InlineData("no address: token=abc", "no address: token=abc")]
    public void Addresses_lose_their_secrets(string text, string shown) => Assert.Equal(shown, Masking.Text(text));
}

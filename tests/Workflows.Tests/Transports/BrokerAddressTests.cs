using Orchestrator.Workflows.Model.Bus;

namespace Orchestrator.Workflows.Tests.Transports;

public sealed class BrokerAddressTests
{
    [Theory]
    [InlineData("amqp://mq", "mq:5672", "/", "guest", "guest", false)]
    [InlineData("amqp://u:p@mq:5673/", "mq:5673", "/", "u", "p", false)]
    [InlineData("amqps://u:p@mq/orchestrator", "mq:5671", "orchestrator", "u", "p", true)]
    [InlineData("amqp://u%40x:p%2Fq@mq-1,mq-2:5673/%2F", "mq-1:5672 mq-2:5673", "/", "u@x", "p/q", false)]
    [InlineData("amqp://u:p@[::1]:5673/a%2Fb", "::1:5673", "a/b", "u", "p", false)]
    public void Reads_an_address(string text, string hosts, string virtualHost, string user, string password, bool tls)
    {
        Assert.True(BrokerAddress.TryParse(text, out var address, out var diagnostic), diagnostic);

        Assert.Equal(hosts, string.Join(' ', address.Hosts.Select(host => $"{host.Name}:{host.Port}")));
        Assert.Equal((virtualHost, user, password, tls), (address.VirtualHost, address.User, address.Password, address.Tls));
    }

    [Theory]
    [InlineData("mq:5672", "amqp://")]
    [InlineData("http://mq", "amqp://")]
    [InlineData("amqp://u:p@", "''")]
    [InlineData("amqp://u:p@mq:0/", "'mq:0'")]
    [InlineData("amqp://u:p@mq:many/", "'mq:many'")]
    [InlineData("amqp://u@mq/", "no user and password")]
    public void Says_what_is_wrong_with_one(string text, string why)
    {
        Assert.False(BrokerAddress.TryParse(text, out _, out var diagnostic));

        Assert.Contains(why, diagnostic);
        Assert.Contains("amqp://user:password@host:5672/vhost", diagnostic);
    }

    [Fact]
    public void Shows_no_password()
    {
        Assert.True(BrokerAddress.TryParse("amqp://u:secret@mq/orchestrator", out var address, out _));

        Assert.Equal("amqp://u@mq:5672/orchestrator", address.ToString());
    }
}

using Connet.Client.Peers;
using Connet.HandPeer;
using Connet.Protocol;
using Microsoft.Extensions.Options;

namespace Connet.Client.Tests.Peers;

/// <summary>How far a dial goes on, and what settings of it are good.</summary>
public sealed class RetryLimitTests
{
    [TestCase(ConnetDialRetry.None, null, 1, 0, false)]
    [TestCase(ConnetDialRetry.Count, null, 1, 60_000, true)]
    [TestCase(ConnetDialRetry.Count, null, 2, 0, true)]
    [TestCase(ConnetDialRetry.Count, null, 3, 0, false)]
    [TestCase(ConnetDialRetry.Count, 0, 1, 0, false)]
    [TestCase(ConnetDialRetry.Count, 4096, 4096, 0, true)]
    [TestCase(ConnetDialRetry.Timed, null, 100, 999, true)]
    [TestCase(ConnetDialRetry.Timed, null, 1, 1000, false)]
    [TestCase(ConnetDialRetry.Timed, 50, 1, 49, true)]
    [TestCase(ConnetDialRetry.Timed, 50, 1, 50, false)]
    [TestCase(ConnetDialRetry.Timed, 0, 1, 0, false)]
    [TestCase(ConnetDialRetry.All, null, 4000, 86_400_000, true)]
    public void Further_peer_is_allowed(ConnetDialRetry retry, int? max, int chosen, int elapsedMilliseconds, bool expected)
    {
        RetryLimit limit = RetryLimit.Of(new ConnetSourceOptions { Retry = retry, RetryMax = max });
        Assert.That(limit.Allows(chosen, TimeSpan.FromMilliseconds(elapsedMilliseconds)), Is.EqualTo(expected));
        Assert.That(limit.Allows(0, TimeSpan.FromDays(1)), Is.True, "the first one");
    }

    [TestCase(ConnetLoadBalancing.RoundRobin, ConnetDialRetry.Count, -1, "RetryMax is -1: use 0 to 4096 destinations.")]
    [TestCase(ConnetLoadBalancing.RoundRobin, ConnetDialRetry.Count, 4097, "RetryMax is 4097: use 0 to 4096 destinations.")]
    [TestCase(ConnetLoadBalancing.RoundRobin, ConnetDialRetry.Timed, -1, "RetryMax is -1: use 0 to 86400000 milliseconds.")]
    [TestCase(ConnetLoadBalancing.RoundRobin, ConnetDialRetry.Timed, 86_400_001, "RetryMax is 86400001: use 0 to 86400000 milliseconds.")]
    [TestCase(ConnetLoadBalancing.None, ConnetDialRetry.None, -5, "RetryMax is -5: use 0 to 4096 destinations.")]
    [TestCase((ConnetLoadBalancing)9, ConnetDialRetry.None, null, "LoadBalancing is 9: use None, LeastLatency, LeastConnections, RoundRobin or Random.")]
    [TestCase(ConnetLoadBalancing.None, (ConnetDialRetry)9, null, "Retry is 9: use None, Count, Timed or All.")]
    public void Bad_setting_is_one_sentence_that_names_the_source(ConnetLoadBalancing policy, ConnetDialRetry retry, int? max, string expected)
    {
        ConnetSourceOptions options = new() { Name = "web", LoadBalancing = policy, Retry = retry, RetryMax = max };
        Assert.That(ConnetEndpointOptionsValidator.Check(options, new ConnetClientOptions { Token = "t" }), Is.EqualTo(new[] { $"Source 'web': {expected}" }));
    }

    [TestCase(ConnetLoadBalancing.Random, ConnetDialRetry.Count, null)]
    [TestCase(ConnetLoadBalancing.Random, ConnetDialRetry.Count, 0)]
    [TestCase(ConnetLoadBalancing.LeastLatency, ConnetDialRetry.Timed, 86_400_000)]
    [TestCase(ConnetLoadBalancing.RoundRobin, ConnetDialRetry.All, null)]
    [TestCase(ConnetLoadBalancing.LeastConnections, ConnetDialRetry.None, null)]
    [TestCase(ConnetLoadBalancing.None, ConnetDialRetry.None, null)]
    public void Good_settings_have_nothing_said_about_them(ConnetLoadBalancing policy, ConnetDialRetry retry, int? max)
    {
        ConnetSourceOptions options = new() { Name = "web", LoadBalancing = policy, Retry = retry, RetryMax = max };
        Assert.That(ConnetEndpointOptionsValidator.Check(options, new ConnetClientOptions { Token = "t" }), Is.Empty);
        Assert.That(ConnetEndpointOptionsValidator.WithoutEffect(options), Is.Null);
    }

    [TestCase(ConnetLoadBalancing.None, ConnetDialRetry.All, null, "Retry is All, which has no effect without a policy")]
    [TestCase(ConnetLoadBalancing.Random, ConnetDialRetry.All, 3, "RetryMax is 3, which has no effect while Retry is All")]
    [TestCase(ConnetLoadBalancing.Random, ConnetDialRetry.None, 3, "RetryMax is 3, which has no effect while Retry is None")]
    public async Task Setting_without_effect_is_good_and_said_in_the_log(ConnetLoadBalancing policy, ConnetDialRetry retry, int? max, string expected)
    {
        await using ClientUnderTest client = new();
        client.AddSource(configure: options => (options.LoadBalancing, options.Retry, options.RetryMax) = (policy, retry, max));
        Assert.That(client.Log.Count(2060), Is.EqualTo(1));
        Assert.That(client.Log.All, Does.Contain($"source web: {expected}"));
    }

    [Test]
    public async Task Client_refuses_a_source_with_a_bad_setting()
    {
        await using HandControlServer server = HandControlServer.Start(ProtocolGeneration.Second);
        await using ConnetClient client = TestClient.New(server);
        OptionsValidationException failure = Assert.Throws<OptionsValidationException>(
            () => client.AddSource(new ConnetSourceOptions { Name = "web", LoadBalancing = ConnetLoadBalancing.Random, Retry = ConnetDialRetry.Count, RetryMax = -1 }))!;
        Assert.That(failure.Failures.Single(), Does.Contain("'web'").And.Contain("RetryMax"));
    }
}

using Connet.AspNetCore.Files;
using Connet.Client;
using Connet.Client.Endpoints;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Connet.AspNetCore.Tests;

/// <summary>Addresses that the schemes take, and those that they do not.</summary>
public sealed class SchemeTests
{
    [TestCase("http://127.0.0.1:8000", ConnetRole.Source)]
    [TestCase("http://:8000/path", ConnetRole.Source)]
    [TestCase("http://localhost", ConnetRole.Source)]
    [TestCase("https://[::1]:0/", ConnetRole.Source)]
    [TestCase("http://127.0.0.1:8000/a/b", ConnetRole.Destination)]
    [TestCase("https://example.com", ConnetRole.Destination)]
    [TestCase("HTTP://[::1]:8000", ConnetRole.Destination)]
    [TestCase("ws://:8000", ConnetRole.Source)]
    [TestCase("wss://localhost:8000/socket", ConnetRole.Source)]
    [TestCase("file:/srv/files", ConnetRole.Destination)]
    [TestCase("file:./files", ConnetRole.Destination)]
    [TestCase("file:///srv/files", ConnetRole.Destination)]
    [TestCase("file:.", ConnetRole.Destination)]
    public void A_good_address_passes(string address, ConnetRole role) => Assert.That(Check(address, role), Is.Null);

    [TestCase("http:", ConnetRole.Source, null)]
    [TestCase("http:foo", ConnetRole.Source, "names no host")]
    [TestCase("http:///path", ConnetRole.Destination, "names no host")]
    [TestCase("http://127.0.0.1:99999", ConnetRole.Source, "needs a host and a port")]
    [TestCase("http://:8000", ConnetRole.Destination, "names no host to connect to")]
    [TestCase("http://127.0.0.1:0", ConnetRole.Destination, "names no port to connect to")]
    [TestCase("http://bad_host!:80", ConnetRole.Destination, "a host that cannot be one")]
    [TestCase("http://host:80/path?query", ConnetRole.Destination, "has a query or a fragment")]
    [TestCase("http://host:80/path#part", ConnetRole.Destination, "has a query or a fragment")]
    [TestCase("http://host?query", ConnetRole.Destination, "has a query or a fragment")]
    [TestCase("http://user:password@host:80", ConnetRole.Destination, "has a user name or password")]
    [TestCase("ws://127.0.0.1:80", ConnetRole.Destination, "is for sources")]
    [TestCase("file:/srv", ConnetRole.Source, "only a destination does")]
    [TestCase("file://host/srv", ConnetRole.Destination, "names a host")]
    public void A_bad_address_is_explained_in_one_sentence(string address, ConnetRole role, string? expected)
    {
        if (expected is null)
        {
            Assert.That(EndpointAddress.TryParse(address, out _), Is.False);
            return;
        }

        string problem = Check(address, role)!;
        Assert.That(problem, Does.Contain(expected).And.EndsWith(".").And.Not.Contain("password@"));
        Assert.That(problem.Split(". "), Has.Length.EqualTo(1));
    }

    [TestCase("file:/srv/my%20files", "/srv/my files")]
    [TestCase("file:///srv", "/srv")]
    [TestCase("file:./a/%25", "./a/%")]
    public void The_folder_of_an_address_may_be_escaped(string address, string folder) =>
        Assert.That(FileScheme.FolderOf(EndpointAddress.Parse(address)), Is.EqualTo(folder));

    [TestCase("http://host:80", ConnetProxyProtocol.V1, false)]
    [TestCase("https://host", ConnetProxyProtocol.V2, false)]
    [TestCase("file:/srv", ConnetProxyProtocol.V1, false)]
    [TestCase("file:/srv", ConnetProxyProtocol.None, true)]
    [TestCase("tcp://host:80", ConnetProxyProtocol.V1, true)]
    [TestCase("tls://host:443", ConnetProxyProtocol.V2, true)]
    [TestCase("unix:/run/service.sock", ConnetProxyProtocol.V1, true)]
    public async Task A_proxy_header_is_for_schemes_that_carry_bytes(string address, ConnetProxyProtocol header, bool isGood)
    {
        ConnetClientOptions options = new() { Token = "t" };
        foreach (IEndpointScheme scheme in AspNetCoreSchemes.All)
        {
            options.Schemes.Add(scheme);
        }

        await using ConnetClient client = new(options);
        ConnetDestinationOptions destination = new() { Name = "web", Address = address, ProxyProtocol = header };
        if (isGood)
        {
            Assert.DoesNotThrow(() => client.AddDestination(destination));
            return;
        }

        OptionsValidationException failure = Assert.Throws<OptionsValidationException>(() => client.AddDestination(destination))!;
        Assert.That(failure.Failures, Is.EqualTo(new[]
        {
            $"Destination 'web': ProxyProtocol is {header}, which '{address}' cannot pass on: use None, or tcp://host:port.",
        }));
    }

    [Test]
    public void All_schemes_are_added_to_a_client_in_services()
    {
        ServiceCollection services = new();
        services.AddConnetClient(options => options.Token = "t").AddAspNetCoreSchemes();
        using ServiceProvider provider = services.BuildServiceProvider();
        Assert.That(
            provider.GetRequiredService<IOptions<ConnetClientOptions>>().Value.Schemes.Select(scheme => scheme.Name),
            Is.SupersetOf(new[] { "tcp", "http", "https", "ws", "wss", "file" }));
    }

    private static string? Check(string text, ConnetRole role)
    {
        EndpointAddress address = EndpointAddress.Parse(text);
        return AspNetCoreSchemes.All.Single(scheme => scheme.Name == address.Scheme).Check(address, role);
    }
}

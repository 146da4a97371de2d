using Connet.Client.Endpoints;

namespace Connet.Client.Tests.Endpoints;

public sealed class EndpointAddressTests
{
    [TestCase("tcp://127.0.0.1:8000", "tcp", "127.0.0.1:8000", "")]
    [TestCase("TCP://[::1]:80", "tcp", "[::1]:80", "")]
    [TestCase("127.0.0.1:8000", "tcp", "127.0.0.1:8000", "")]
    [TestCase("localhost:8000", "tcp", "localhost:8000", "")]
    [TestCase("[::1]:8000", "tcp", "[::1]:8000", "")]
    [TestCase(":8000", "tcp", ":8000", "")]
    [TestCase("http://host:80/a/b", "http", "host:80", "/a/b")]
    [TestCase("file:/srv/www", "file", "", "/srv/www")]
    [TestCase("file:./www", "file", "", "./www")]
    [TestCase("unix:/run/app.sock", "unix", "", "/run/app.sock")]
    public void An_address_has_scheme_authority_and_path(string text, string scheme, string authority, string path)
    {
        EndpointAddress address = EndpointAddress.Parse(text);
        Assert.That((address.Scheme, address.Authority, address.Path, address.ToString()), Is.EqualTo((scheme, authority, path, text)));
    }

    [TestCase("")]
    [TestCase(" ")]
    [TestCase("localhost")]
    [TestCase("unix:")]
    [TestCase("tcp://a b:1")]
    public void What_is_no_address_is_refused_with_a_sentence(string text) =>
        Assert.That(() => EndpointAddress.Parse(text), Throws.TypeOf<FormatException>().With.Message.Contains("write tcp://host:port"));

    [TestCase("tcp://127.0.0.1:3000", ConnetRole.Destination, null)]
    [TestCase("tcp://:8000", ConnetRole.Source, null)]
    [TestCase("127.0.0.1:0", ConnetRole.Source, null)]
    [TestCase(":8000", ConnetRole.Destination, "names no host")]
    [TestCase("127.0.0.1:0", ConnetRole.Destination, "names no port")]
    [TestCase("tcp://127.0.0.1", ConnetRole.Destination, "needs a host and a port")]
    [TestCase("tcp://127.0.0.1:70000", ConnetRole.Source, "needs a host and a port")]
    [TestCase("tcp://127.0.0.1:80/x", ConnetRole.Destination, "has a path")]
    [TestCase("tls://127.0.0.1:443", ConnetRole.Destination, null)]
    [TestCase("tls://:0", ConnetRole.Source, null)]
    [TestCase("tls://:443", ConnetRole.Destination, "write tls://host:port")]
    [TestCase("tls://127.0.0.1:443/x", ConnetRole.Source, "which tls does not know")]
    [TestCase("unix:/run/app.sock", ConnetRole.Source, null)]
    [TestCase("unix:///run/app.sock", ConnetRole.Destination, null)]
    [TestCase("unix:./app.sock", ConnetRole.Destination, null)]
    [TestCase("unix://host/app.sock", ConnetRole.Source, "names a host")]
    [TestCase("unix:/run/", ConnetRole.Source, "names no socket")]
    [TestCase("unix://", ConnetRole.Source, "names no socket")]
    [TestCase("gopher://127.0.0.1:70", ConnetRole.Source, "does not know: use tcp")]
    [TestCase("nothing", ConnetRole.Source, "no address")]
    public void A_client_says_what_is_wrong_with_an_address(string text, ConnetRole role, string? expected)
    {
        string? problem = EndpointRunner.Check(text, role, new ConnetClientOptions());
        Assert.That(problem, expected is null ? Is.Null : Does.Contain(expected));
    }

    [Test]
    public void A_socket_whose_path_is_too_long_is_refused_with_its_length_and_the_limit()
    {
        string path = "/" + new string('é', 60);
        string? problem = EndpointRunner.Check($"unix:{path}", ConnetRole.Source, new ConnetClientOptions());
        Assert.That(problem, Does.Contain("is 121 bytes long").And.Match("at most 10[37]:"));
        Assert.That(EndpointRunner.Check("unix:/" + new string('x', 102), ConnetRole.Source, new ConnetClientOptions()), Is.Null);
    }
}

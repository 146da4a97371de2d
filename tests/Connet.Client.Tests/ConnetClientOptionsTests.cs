namespace Connet.Client.Tests;

public sealed class ConnetClientOptionsTests
{
    [Test]
    public void Text_of_the_options_keeps_the_token() =>
        Assert.That(new ConnetClientOptions { Token = "very secret" }.ToString(), Does.Contain("19190").And.Not.Contain("very secret"));
}

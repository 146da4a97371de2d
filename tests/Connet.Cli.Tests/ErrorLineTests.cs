using Connet.Cli.Configuration;
using Microsoft.Extensions.Options;

namespace Connet.Cli.Tests;

/// <summary>Whatever ends the command is one line.</summary>
public sealed class ErrorLineTests
{
    private static IEnumerable<TestCaseData> Failures =>
    [
        new(new ConfigurationException("a.toml:1: x"), "connet: a.toml:1: x"),
        new(new CommandFailure("two\nlines"), "connet: two lines"),
        new(new IOException("the port is in use"), "connet: the port is in use"),
        new(new AggregateException(new IOException("one"), new IOException("two")), "connet: one"),
        new(new OptionsValidationException("o", typeof(object), ["One.", "Two."]), "connet: One. Two."),
        new(new InvalidOperationException("x"), "connet: unexpected failure, which is a bug: InvalidOperationException: x"),
    ];

    [TestCaseSource(nameof(Failures))]
    public void A_failure_is_one_line(Exception exception, string expected) => Assert.That(ErrorLine.For(exception), Is.EqualTo(expected));
}

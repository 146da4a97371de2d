using System.CommandLine;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Connet.Cli.Configuration;
using Connet.Cli.Generation;

namespace Connet.Cli.Commands;

/// <summary><c>connet gen-cert</c>: a server's certificate, or an authority that signs such.</summary>
internal sealed class GenerateCertificateCommand
{
    private const int ServerDays = 365;
    private const int AuthorityDays = 3650;
    private const int MostDays = 36500;

    private static readonly string[] s_names = ["localhost", "127.0.0.1", "::1"];

    private readonly Option<bool> _authority = new("--ca") { Description = "make an authority, ca.pem and ca-key.pem, instead of a server's certificate" };

    private readonly Option<string> _signer = new("--signed-by")
    {
        HelpName = "folder",
        Description = "the folder with ca.pem and ca-key.pem that sign the certificate (default: it signs itself)",
    };

    private readonly Option<string[]> _name = new("--name")
    {
        HelpName = "name",
        Description = "a DNS name or address that the server is reached by; may be repeated (default localhost, 127.0.0.1, ::1). With --ca: the authority's name",
    };

    private readonly Option<int?> _days = new("--days") { HelpName = "days", Description = $"how long it is good (default {ServerDays}, with --ca {AuthorityDays})" };

    private readonly Option<string> _folder = new("--out") { HelpName = "folder", Description = "the folder for the files, made if it is missing (default: this one)" };

    private readonly Option<bool> _force = new("--force") { Description = "replace files that are there already" };

    private GenerateCertificateCommand()
    {
    }

    /// <summary>The definition of the command.</summary>
    public static Command Create() => new GenerateCertificateCommand().Define();

    private Command Define()
    {
        Command command = new("gen-cert", "makes a server's certificate and key, cert.pem and key.pem, or an authority") { _authority, _signer, _name, _days, _folder, _force };
        command.SetAction(parsed => Run(parsed, TimeProvider.System));
        return command;
    }

    private void Run(ParseResult parsed, TimeProvider clock)
    {
        bool isAuthority = parsed.GetValue(_authority);
        string[] names = parsed.GetValue(_name) is { Length: > 0 } given ? given : isAuthority ? ["connet authority"] : s_names;
        Check(parsed, isAuthority, names);
        string folder = parsed.GetValue(_folder) is { Length: > 0 } path ? path : ".";
        CertificateMaker maker = new(clock.GetUtcNow(), parsed.GetValue(_days) ?? (isAuthority ? AuthorityDays : ServerDays));
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2? signer = parsed.GetValue(_signer) is { Length: > 0 } authority ? CertificateFiles.Authority(authority).Read() : null;
        using X509Certificate2 certificate = isAuthority ? maker.Authority(key, names[0]) : Sign(maker, key, names, signer);
        Make(folder);
        CertificateFiles files = isAuthority ? CertificateFiles.Authority(folder) : CertificateFiles.Server(folder);
        files.Write(certificate, key, parsed.GetValue(_force));
        parsed.InvocationConfiguration.Output.WriteLine($"{files.Certificate} and {files.Key}: {string.Join(", ", names)}, good until {certificate.NotAfter.ToUniversalTime():yyyy-MM-dd}");
    }

    private X509Certificate2 Sign(CertificateMaker maker, ECDsa key, string[] names, X509Certificate2? signer)
    {
        try
        {
            return maker.Server(key, names, signer);
        }
        catch (Exception exception) when (signer is not null && exception is ArgumentException or InvalidOperationException)
        {
            throw new CommandFailure($"the authority cannot sign: it must be one that {_authority.Name} makes, or one like it: {exception.Message.Split(" (Parameter ")[0].TrimEnd('.')}");
        }
    }

    private void Check(ParseResult parsed, bool isAuthority, string[] names)
    {
        if (parsed.GetValue(_days) is < 1 or > MostDays)
        {
            throw new CommandFailure($"--days must be from 1 to {MostDays}");
        }

        if (isAuthority)
        {
            if (parsed.GetValue(_signer) is not null)
            {
                throw new CommandFailure("--signed-by does not go with --ca: an authority signs itself");
            }

            if (names.Length > 1 || names[0].Length is 0 or > CertificateMaker.LongestSubject)
            {
                throw new CommandFailure($"--name with --ca is the authority's name: give one, of 1 to {CertificateMaker.LongestSubject} characters");
            }
        }
        else if (names.FirstOrDefault(name => !IPAddress.TryParse(name, out _) && !AddressSyntax.IsHost(name)) is { } wrong)
        {
            throw new CommandFailure($"--name must be {SettingTypes.Host.Allowed}, not '{wrong}'");
        }
    }

    private static void Make(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailure($"the folder {folder} cannot be made: {FileProblem.Describe(exception)}");
        }
    }
}

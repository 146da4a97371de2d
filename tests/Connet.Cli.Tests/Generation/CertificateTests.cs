using System.Diagnostics;
using System.Security.Cryptography.X509Certificates;
using Connet.Cli.Generation;
using Connet.Cli.Tests.Configuration;
using Connet.Quic;

namespace Connet.Cli.Tests.Generation;

/// <summary><c>connet gen-cert</c>.</summary>
public sealed class CertificateTests : IDisposable
{
    private readonly Scratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Test]
    public async Task A_server_certificate_for_this_machine_is_the_default()
    {
        string folder = _scratch.Path("default");
        (int code, string output, string error) = await CheckedFile.RunAsync("gen-cert", "--out", folder);
        Assert.That((code, error), Is.EqualTo((0, "")));
        Assert.That(output, Does.Match("cert.pem and .*key.pem: localhost, 127.0.0.1, ::1, good until [0-9-]{10}\n$"));
        using X509Certificate2 certificate = CertificateFiles.Server(folder).Read();
        Assert.That(certificate.MatchesHostname("localhost"));
        Assert.That(certificate.MatchesHostname("127.0.0.1"));
        Assert.That(certificate.MatchesHostname("::1"));
        Assert.That(certificate.MatchesHostname("example.com"), Is.False);
        Assert.That(certificate.NotAfter.ToUniversalTime(), Is.EqualTo(DateTime.UtcNow.AddDays(365)).Within(TimeSpan.FromMinutes(10)));
        Files.ExpectOwnerOnly(CertificateFiles.Server(folder).Key);
        Assert.That(QuicCertificate.FromPemFiles(CertificateFiles.Server(folder).Certificate, CertificateFiles.Server(folder).Key).Chain, Has.Count.EqualTo(1));
        Assert.That(Trusts(certificate, certificate));
    }

    [Test]
    public async Task An_authority_signs_a_server_certificate()
    {
        string authorities = _scratch.Path("authority");
        string folder = _scratch.Path("signed");
        Assert.That((await CheckedFile.RunAsync("gen-cert", "--ca", "--name", "The authority", "--out", authorities)).Code, Is.Zero);
        (int code, _, string error) = await CheckedFile.RunAsync(
            "gen-cert", "--signed-by", authorities, "--name", "connet.example.com", "--name", "*.example.org", "--name", "192.0.2.7", "--days", "30", "--out", folder);
        Assert.That((code, error), Is.EqualTo((0, "")));
        using X509Certificate2 authority = CertificateFiles.Authority(authorities).Read();
        using X509Certificate2 certificate = CertificateFiles.Server(folder).Read();
        Files.ExpectOwnerOnly(CertificateFiles.Authority(authorities).Key);
        Assert.That(certificate.Issuer, Is.EqualTo(authority.Subject).And.EqualTo("CN=The authority"));
        Assert.That(certificate.Subject, Is.EqualTo("CN=connet.example.com"));
        Assert.That(certificate.MatchesHostname("a.example.org"));
        Assert.That(certificate.MatchesHostname("192.0.2.7"));
        Assert.That(certificate.NotAfter.ToUniversalTime(), Is.EqualTo(DateTime.UtcNow.AddDays(30)).Within(TimeSpan.FromMinutes(10)));
        Assert.That(Trusts(certificate, authority));
        Assert.That(QuicCertificate.FromPemFiles(CertificateFiles.Server(folder).Certificate, CertificateFiles.Server(folder).Key).Chain, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task A_certificate_does_not_outlive_its_authority()
    {
        string authorities = _scratch.Path("short");
        Assert.That((await CheckedFile.RunAsync("gen-cert", "--ca", "--days", "10", "--out", authorities)).Code, Is.Zero);
        Assert.That((await CheckedFile.RunAsync("gen-cert", "--signed-by", authorities, "--out", authorities)).Code, Is.Zero);
        using X509Certificate2 authority = CertificateFiles.Authority(authorities).Read();
        using X509Certificate2 certificate = CertificateFiles.Server(authorities).Read();
        Assert.That(certificate.NotAfter, Is.EqualTo(authority.NotAfter));
    }

    [Test]
    public async Task Another_authority_does_not_vouch_for_it()
    {
        foreach (string name in new[] { "one", "two" })
        {
            Assert.That((await CheckedFile.RunAsync("gen-cert", "--ca", "--out", _scratch.Path(name))).Code, Is.Zero);
        }

        Assert.That((await CheckedFile.RunAsync("gen-cert", "--signed-by", _scratch.Path("one"), "--out", _scratch.Path("one"))).Code, Is.Zero);
        using X509Certificate2 certificate = CertificateFiles.Server(_scratch.Path("one")).Read();
        using X509Certificate2 other = CertificateFiles.Authority(_scratch.Path("two")).Read();
        Assert.That(Trusts(certificate, other), Is.False);
    }

    [Test]
    public async Task OpenSSL_accepts_both_kinds()
    {
        if (await OpenSslAsync("version") != 0)
        {
            Assert.Ignore("openssl is not installed");
        }

        string folder = _scratch.Path("openssl");
        Assert.That((await CheckedFile.RunAsync("gen-cert", "--ca", "--out", folder)).Code, Is.Zero);
        Assert.That((await CheckedFile.RunAsync("gen-cert", "--signed-by", folder, "--name", "a.example", "--out", folder)).Code, Is.Zero);
        CertificateFiles server = CertificateFiles.Server(folder);
        string authority = CertificateFiles.Authority(folder).Certificate;
        Assert.That(await OpenSslAsync("verify", "-x509_strict", "-purpose", "sslserver", "-verify_hostname", "a.example", "-CAfile", authority, server.Certificate), Is.Zero);
        Assert.That(await OpenSslAsync("pkey", "-in", server.Key, "-noout", "-check"), Is.Zero);
        string self = _scratch.Path("self");
        Assert.That((await CheckedFile.RunAsync("gen-cert", "--out", self)).Code, Is.Zero);
        string certificate = CertificateFiles.Server(self).Certificate;
        Assert.That(await OpenSslAsync("verify", "-purpose", "sslserver", "-verify_ip", "127.0.0.1", "-CAfile", certificate, certificate), Is.Zero);
        Assert.That(await OpenSslAsync("verify", "-CAfile", authority, certificate), Is.Not.Zero);
    }

    [Test]
    public async Task Files_are_replaced_by_force_only()
    {
        string folder = Directory.CreateDirectory(_scratch.Path("taken")).FullName;
        string key = Path.Combine(folder, "key.pem");
        await File.WriteAllTextAsync(key, "old");
        (int code, _, string error) = await CheckedFile.RunAsync("gen-cert", "--out", folder);
        Assert.That(error, Is.EqualTo($"connet: {key} exists already: choose another place, or give --force to replace it{Environment.NewLine}"));
        Assert.That(code, Is.EqualTo(1));
        Assert.That(Directory.GetFiles(folder), Is.EqualTo(new[] { key }));
        Assert.That(await File.ReadAllTextAsync(key), Is.EqualTo("old"));
        Assert.That((await CheckedFile.RunAsync("gen-cert", "--out", folder, "--force")).Code, Is.Zero);
        Files.ExpectOwnerOnly(key);
        using X509Certificate2 certificate = CertificateFiles.Server(folder).Read();
        Assert.That(certificate.HasPrivateKey);
    }

    [TestCase("--days 0", "--days must be from 1 to 36500")]
    [TestCase("--days 36501", "--days must be from 1 to 36500")]
    [TestCase("--ca --name a --name b", "--name with --ca is the authority's name: give one, of 1 to 64 characters")]
    [TestCase("--ca --signed-by x", "--signed-by does not go with --ca: an authority signs itself")]
    [TestCase("--name http://a", "--name must be a host name or address, not 'http://a'")]
    [TestCase("--signed-by /nowhere", "the authority in /nowhere/ca.pem and /nowhere/ca-key.pem cannot be read: no such file")]
    public async Task A_mistake(string flags, string expected)
    {
        (int code, string output, string error) = await CheckedFile.RunAsync(["gen-cert", .. flags.Split(' '), "--out", _scratch.Path("mistake")]);
        Assert.That(error, Is.EqualTo($"connet: {expected}{Environment.NewLine}"));
        Assert.That((code, output), Is.EqualTo((1, "")));
        Assert.That(Path.Exists(_scratch.Path("mistake")), Is.False);
    }

    private static bool Trusts(X509Certificate2 certificate, X509Certificate2 root)
    {
        using X509Chain chain = new();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(root);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        return chain.Build(certificate);
    }

    private static async Task<int> OpenSslAsync(params string[] arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo("openssl", arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            using CancellationTokenSource limit = new(TimeSpan.FromSeconds(60));
            Task<string> error = process.StandardError.ReadToEndAsync(limit.Token);
            await TestContext.Out.WriteLineAsync(await process.StandardOutput.ReadToEndAsync(limit.Token) + await error);
            await process.WaitForExitAsync(limit.Token);
            return process.ExitCode;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return -1;
        }
    }
}

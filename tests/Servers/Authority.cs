using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Orchestrator.Servers;

/// <summary>A certificate authority of a test's own, that nobody trusts unless told to.</summary>
public sealed class Authority : IDisposable
{
    internal const string File = "authority.pem";
    internal const string CertificateFile = "server.pem";
    internal const string KeyFile = "server.key";

    private static readonly TimeSpan life = TimeSpan.FromDays(2);

    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 _certificate;

    public Authority(string name = "Orchestrator tests")
    {
        var request = new CertificateRequest($"CN={name}", _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        var now = TimeProvider.System.GetUtcNow();
        _certificate = request.CreateSelfSigned(now - life, now + life);
    }

    /// <summary>Its own certificate, which makes whoever trusts it trust its servers.</summary>
    public string Pem => _certificate.ExportCertificatePem();

    /// <summary>Writes a new certificate for localhost and 127.0.0.1 with its key, and the authority's own beside them.</summary>
    internal void Write(string folder)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], critical: false));
        using var certificate = request.Create(_certificate, _certificate.NotBefore, _certificate.NotAfter, Guid.NewGuid().ToByteArray());
        System.IO.File.WriteAllText(Path.Combine(folder, File), Pem);
        System.IO.File.WriteAllText(Path.Combine(folder, CertificateFile), certificate.ExportCertificatePem());
        PrivateFile.Write(Path.Combine(folder, KeyFile), key.ExportPkcs8PrivateKeyPem());
    }

    public void Dispose()
    {
        _certificate.Dispose();
        _key.Dispose();
    }
}

using System.Net;
using Connet.Quic.Io;

namespace Connet.Quic.Tests.Io;

[NonParallelizable]
public sealed class DatagramSocketFactoryTests
{
    private static readonly IPEndPoint _loopback = new(IPAddress.Loopback, 0);

    [Test]
    public void The_switch_forces_portable_sockets()
    {
        AppContext.SetSwitch(DatagramSocketFactory.PortableSwitch, true);
        try
        {
            using IDatagramSocket socket = DatagramSocketFactory.Create(_loopback);
            Assert.That(socket, Is.InstanceOf<PortableDatagramSocket>());
        }
        finally
        {
            AppContext.SetSwitch(DatagramSocketFactory.PortableSwitch, false);
        }
    }

    [Test]
    public void The_environment_forces_portable_sockets()
    {
        string? before = Environment.GetEnvironmentVariable(DatagramSocketFactory.ModeVariable);
        Environment.SetEnvironmentVariable(DatagramSocketFactory.ModeVariable, "portable");
        try
        {
            using IDatagramSocket socket = DatagramSocketFactory.Create(_loopback);
            Assert.That(socket, Is.InstanceOf<PortableDatagramSocket>());
            Assert.That(DatagramSocketFactory.UsesLinux, Is.False);
        }
        finally
        {
            Environment.SetEnvironmentVariable(DatagramSocketFactory.ModeVariable, before);
        }
    }

    [Test]
    public void A_mapped_IPv4_address_is_an_IPv4_socket()
    {
        using IDatagramSocket socket = DatagramSocketFactory.Create(new IPEndPoint(IPAddress.Loopback.MapToIPv6(), 0));
        Assert.That(socket.LocalEndPoint.Address, Is.EqualTo(IPAddress.Loopback));
        Assert.That(socket.Capabilities.DualStack, Is.False);
    }
}

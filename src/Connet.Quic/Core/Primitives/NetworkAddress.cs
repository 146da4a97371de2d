using System.Net;

namespace Connet.Quic.Core.Primitives;

/// <summary>
/// A UDP address as a value: no allocation to compare, hash or copy. IPv4 addresses are held as IPv4-mapped IPv6, so
/// that one address has one form whichever socket family it arrived on.
/// </summary>
internal readonly record struct NetworkAddress(UInt128 Ip, ushort Port, uint ScopeId)
{
    private static readonly UInt128 _mappedPrefix = (UInt128)0xffff << 32;

    /// <summary>Whether this is an IPv4 address (held as <c>::ffff:a.b.c.d</c>).</summary>
    public bool IsIPv4 => Ip >> 32 == 0xffff;

    /// <summary>The 32 bits of an IPv4 address, the first octet highest.</summary>
    public uint IPv4 => (uint)Ip;

    public static NetworkAddress FromIPv4(uint address, ushort port) => new(_mappedPrefix | address, port, 0);

    public static NetworkAddress FromEndPoint(IPEndPoint endPoint)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        Span<byte> bytes = stackalloc byte[16];
        endPoint.Address.MapToIPv6().TryWriteBytes(bytes, out _);
        UInt128 ip = System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(bytes);
        uint scope = endPoint.Address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6
            && !endPoint.Address.IsIPv4MappedToIPv6 ? (uint)endPoint.Address.ScopeId : 0;
        return new(ip, (ushort)endPoint.Port, scope);
    }

    /// <summary>The same address as an <see cref="IPEndPoint"/>; IPv4 comes out as IPv4. Allocates.</summary>
    public IPEndPoint ToEndPoint()
    {
        Span<byte> bytes = stackalloc byte[16];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt128BigEndian(bytes, Ip);
        return IsIPv4 ? new IPEndPoint(new IPAddress(bytes[12..]), Port) : new IPEndPoint(new IPAddress(bytes, ScopeId), Port);
    }

    // HashCode is seeded at random once per process, so that spoofed addresses cannot be made to collide.
    public override int GetHashCode() => HashCode.Combine(Ip, Port, ScopeId);

    public override string ToString() => ToEndPoint().ToString();
}

using System.Buffers.Binary;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Connet.Quic.Core.Primitives;

namespace Connet.Quic.Io;

/// <summary>
/// The system's socket addresses to and from <see cref="NetworkAddress"/>, without allocation. The fields after the
/// first two bytes (family; on BSD also the length) lie alike on Linux, Windows and macOS: port at 2; for IPv4 the
/// address at 4; for IPv6 flow label at 4, address at 8, scope at 24.
/// </summary>
internal static class SocketAddressCodec
{
    /// <summary>sizeof(sockaddr_in).</summary>
    public const int IPv4Length = 16;

    /// <summary>sizeof(sockaddr_in6).</summary>
    public const int IPv6Length = 28;

    /// <summary>The length of an address of the family.</summary>
    public static int Length(AddressFamily family) => family == AddressFamily.InterNetworkV6 ? IPv6Length : IPv4Length;

    /// <summary>Writes everything but the first two bytes. An IPv6 socket names IPv4 hosts by their mapped form.</summary>
    /// <returns>False if a socket of the family cannot name the address.</returns>
    public static bool TryWrite(Span<byte> destination, AddressFamily family, in NetworkAddress address)
    {
        BinaryPrimitives.WriteUInt16BigEndian(destination[2..], address.Port);
        if (family == AddressFamily.InterNetworkV6)
        {
            BinaryPrimitives.WriteUInt32BigEndian(destination[4..], 0);
            BinaryPrimitives.WriteUInt128BigEndian(destination[8..], address.Ip);
            uint scope = address.ScopeId;
            MemoryMarshal.Write(destination[24..], in scope);
            return true;
        }

        BinaryPrimitives.WriteUInt32BigEndian(destination[4..], address.IPv4);
        destination[8..IPv4Length].Clear();
        return address.IsIPv4;
    }

    /// <summary>Reads an address of the family.</summary>
    public static NetworkAddress Read(ReadOnlySpan<byte> source, AddressFamily family)
    {
        ushort port = BinaryPrimitives.ReadUInt16BigEndian(source[2..]);
        if (family != AddressFamily.InterNetworkV6)
        {
            return NetworkAddress.FromIPv4(BinaryPrimitives.ReadUInt32BigEndian(source[4..]), port);
        }

        UInt128 ip = BinaryPrimitives.ReadUInt128BigEndian(source[8..]);
        NetworkAddress address = new(ip, port, 0);
        return address.IsIPv4 ? address : address with { ScopeId = MemoryMarshal.Read<uint>(source[24..]) };
    }
}

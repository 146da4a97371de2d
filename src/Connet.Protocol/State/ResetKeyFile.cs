using System.Security.Cryptography;

namespace Connet.Protocol.State;

/// <summary>A file with the 32 raw bytes that stateless reset tokens derive from (RFC 9000 section 10.3).</summary>
internal static class ResetKeyFile
{
    /// <summary>The bytes of a key.</summary>
    public const int KeyLength = 32;

    /// <summary>The name of the file for a socket's address as it was configured: <c>:19192</c> gives <c>stateless-reset-19192.key</c>.</summary>
    public static string NameFor(string address)
    {
        string text = address.TrimStart(':').Replace(':', '-').Replace("[", "", StringComparison.Ordinal).Replace("]", "", StringComparison.Ordinal);
        return $"stateless-reset-{string.Concat(text.Select(each => Path.GetInvalidFileNameChars().Contains(each) ? '-' : each))}.key";
    }

    /// <summary>Reads the key, or makes a new one and stores it.</summary>
    /// <exception cref="IOException">The file cannot be read or written, or does not have 32 bytes.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read or written.</exception>
    public static byte[] ReadOrCreate(string path)
    {
        if (AtomicFile.Read(path) is { } stored)
        {
            return stored.Length == KeyLength
                ? stored
                : throw new IOException($"{path} has {stored.Length} bytes, and a stateless reset key has {KeyLength}: restore it, or remove it to get a new one.");
        }

        byte[] key = RandomNumberGenerator.GetBytes(KeyLength);
        AtomicFile.Write(path, key);
        return key;
    }
}

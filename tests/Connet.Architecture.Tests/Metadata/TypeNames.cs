using System.Reflection.Metadata;

namespace Connet.Architecture.Tests.Metadata;

/// <summary>Full names from metadata handles.</summary>
internal static class TypeNames
{
    public static string Of(MetadataReader reader, TypeDefinitionHandle handle)
    {
        TypeDefinition type = reader.GetTypeDefinition(handle);
        TypeDefinitionHandle outer = type.GetDeclaringType();
        string name = reader.GetString(type.Name);
        return outer.IsNil ? Join(reader.GetString(type.Namespace), name) : Of(reader, outer) + "+" + name;
    }

    public static string Of(MetadataReader reader, TypeReferenceHandle handle)
    {
        TypeReference type = reader.GetTypeReference(handle);
        string name = reader.GetString(type.Name);
        return type.ResolutionScope.Kind == HandleKind.TypeReference
            ? Of(reader, (TypeReferenceHandle)type.ResolutionScope) + "+" + name
            : Join(reader.GetString(type.Namespace), name);
    }

    /// <summary>The outermost type around a nested one.</summary>
    public static string Outermost(string fullName) => fullName.Split('+')[0];

    /// <summary>The namespace of a full name.</summary>
    public static string Namespace(string fullName)
    {
        string outer = Outermost(fullName);
        int dot = outer.LastIndexOf('.');
        return dot < 0 ? "" : outer[..dot];
    }

    private static string Join(string space, string name) => space.Length == 0 ? name : space + "." + name;
}

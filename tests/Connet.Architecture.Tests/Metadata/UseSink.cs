using System.Collections.Immutable;
using System.Reflection.Metadata;

namespace Connet.Architecture.Tests.Metadata;

/// <summary>Collects every type that a signature or a custom attribute's arguments mention. Decoding is done for its side effect only.</summary>
internal sealed class UseSink(MetadataReader reader, Action<string, string?> mention)
    : ISignatureTypeProvider<string, object?>, ICustomAttributeTypeProvider<string>
{
    public string GetTypeFromDefinition(MetadataReader _, TypeDefinitionHandle handle, byte rawTypeKind) => Mention(TypeNames.Of(reader, handle));

    public string GetTypeFromReference(MetadataReader _, TypeReferenceHandle handle, byte rawTypeKind) => Mention(TypeNames.Of(reader, handle));

    public string GetTypeFromSpecification(MetadataReader _, object? genericContext, TypeSpecificationHandle handle, byte rawTypeKind) =>
        reader.GetTypeSpecification(handle).DecodeSignature(this, genericContext);

    public string GetTypeFromSerializedName(string name) => Mention(name.Split(',')[0]);

    public PrimitiveTypeCode GetUnderlyingEnumType(string type) =>
        Type.GetType(type) is { IsEnum: true } known ? Enum.Parse<PrimitiveTypeCode>(Enum.GetUnderlyingType(known).Name) : PrimitiveTypeCode.Int32;

    public bool IsSystemType(string type) => type == "System.Type";

    public string GetSystemType() => "System.Type";

    public string GetPrimitiveType(PrimitiveTypeCode typeCode) => typeCode.ToString();

    public string GetSZArrayType(string elementType) => elementType;

    public string GetArrayType(string elementType, ArrayShape shape) => elementType;

    public string GetByReferenceType(string elementType) => elementType;

    public string GetPointerType(string elementType) => elementType;

    public string GetPinnedType(string elementType) => elementType;

    public string GetModifiedType(string modifier, string unmodifiedType, bool isRequired) => unmodifiedType;

    public string GetFunctionPointerType(MethodSignature<string> signature) => "";

    public string GetGenericInstantiation(string genericType, ImmutableArray<string> typeArguments) => genericType;

    public string GetGenericMethodParameter(object? genericContext, int index) => "";

    public string GetGenericTypeParameter(object? genericContext, int index) => "";

    /// <summary>Follows a token to the types behind it.</summary>
    public void Visit(EntityHandle handle)
    {
        switch (handle.Kind)
        {
            case HandleKind.TypeDefinition:
                Mention(TypeNames.Of(reader, (TypeDefinitionHandle)handle));
                break;
            case HandleKind.TypeReference:
                Mention(TypeNames.Of(reader, (TypeReferenceHandle)handle));
                break;
            case HandleKind.TypeSpecification:
                reader.GetTypeSpecification((TypeSpecificationHandle)handle).DecodeSignature(this, null);
                break;
            case HandleKind.FieldDefinition:
                FieldDefinition field = reader.GetFieldDefinition((FieldDefinitionHandle)handle);
                mention(TypeNames.Of(reader, field.GetDeclaringType()), reader.GetString(field.Name));
                break;
            case HandleKind.MethodDefinition:
                // Its own signature is examined where the method is declared.
                MethodDefinition method = reader.GetMethodDefinition((MethodDefinitionHandle)handle);
                mention(TypeNames.Of(reader, method.GetDeclaringType()), reader.GetString(method.Name));
                break;
            case HandleKind.MemberReference:
                VisitMember(reader.GetMemberReference((MemberReferenceHandle)handle));
                break;
            case HandleKind.MethodSpecification:
                MethodSpecification specification = reader.GetMethodSpecification((MethodSpecificationHandle)handle);
                Visit(specification.Method);
                specification.DecodeSignature(this, null);
                break;
            case HandleKind.StandaloneSignature:
                StandaloneSignature signature = reader.GetStandaloneSignature((StandaloneSignatureHandle)handle);
                if (signature.GetKind() == StandaloneSignatureKind.Method)
                {
                    signature.DecodeMethodSignature(this, null);
                }
                else
                {
                    signature.DecodeLocalSignature(this, null);
                }

                break;
        }
    }

    private void VisitMember(MemberReference member)
    {
        string name = reader.GetString(member.Name);
        switch (member.Parent.Kind)
        {
            case HandleKind.TypeReference:
                mention(TypeNames.Of(reader, (TypeReferenceHandle)member.Parent), name);
                break;
            case HandleKind.TypeDefinition:
                mention(TypeNames.Of(reader, (TypeDefinitionHandle)member.Parent), name);
                break;
            case HandleKind.TypeSpecification:
                mention(reader.GetTypeSpecification((TypeSpecificationHandle)member.Parent).DecodeSignature(this, null), name);
                break;
            default:
                Visit(member.Parent);
                break;
        }

        if (member.GetKind() == MemberReferenceKind.Method)
        {
            member.DecodeMethodSignature(this, null);
        }
        else
        {
            member.DecodeFieldSignature(this, null);
        }
    }

    private string Mention(string name)
    {
        mention(name, null);
        return name;
    }
}

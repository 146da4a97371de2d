using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Connet.Architecture.Tests.Metadata;

/// <summary>Every mention of one type in another within a compiled assembly: declarations, attributes, fields, signatures, locals and bodies.</summary>
internal sealed class AssemblyUses
{
    private readonly MetadataReader _reader;
    private readonly PEReader _image;
    private readonly HashSet<TypeUse> _uses = [];
    private readonly UseSink _sink;
    private string _from = "";
    private string _where = "";
    private UsePlace _place;

    private AssemblyUses(PEReader image)
    {
        _image = image;
        _reader = image.GetMetadataReader();
        _sink = new UseSink(_reader, (to, member) => _uses.Add(new TypeUse(_from, to, member, _place, _where)));
    }

    /// <summary>Reads the assembly at <paramref name="path"/>; types the compiler made up count for the type they are nested in.</summary>
    public static IReadOnlyCollection<TypeUse> Read(string path)
    {
        using PEReader image = new(File.OpenRead(path));
        AssemblyUses uses = new(image);
        foreach (TypeDefinitionHandle handle in uses._reader.TypeDefinitions)
        {
            uses.ReadType(handle);
        }

        return uses._uses;
    }

    private void ReadType(TypeDefinitionHandle handle)
    {
        TypeDefinition type = _reader.GetTypeDefinition(handle);
        string name = TypeNames.Of(_reader, handle);
        _from = TypeNames.Outermost(name);

        At(UsePlace.Declaration, name);
        Visit(type.BaseType);
        foreach (InterfaceImplementationHandle each in type.GetInterfaceImplementations())
        {
            Visit(_reader.GetInterfaceImplementation(each).Interface);
        }

        ReadConstraints(type.GetGenericParameters());
        ReadAttributes(type.GetCustomAttributes(), name);
        foreach (FieldDefinitionHandle each in type.GetFields())
        {
            FieldDefinition field = _reader.GetFieldDefinition(each);
            At(UsePlace.Field, _reader.GetString(field.Name));
            field.DecodeSignature(_sink, null);
            ReadAttributes(field.GetCustomAttributes(), _where);
        }

        foreach (PropertyDefinitionHandle each in type.GetProperties())
        {
            PropertyDefinition property = _reader.GetPropertyDefinition(each);
            At(UsePlace.Signature, _reader.GetString(property.Name));
            property.DecodeSignature(_sink, null);
            ReadAttributes(property.GetCustomAttributes(), _where);
        }

        foreach (EventDefinitionHandle each in type.GetEvents())
        {
            EventDefinition definition = _reader.GetEventDefinition(each);
            At(UsePlace.Signature, _reader.GetString(definition.Name));
            Visit(definition.Type);
            ReadAttributes(definition.GetCustomAttributes(), _where);
        }

        foreach (MethodDefinitionHandle each in type.GetMethods())
        {
            ReadMethod(_reader.GetMethodDefinition(each));
        }
    }

    private void ReadMethod(MethodDefinition method)
    {
        string name = _reader.GetString(method.Name);
        At(UsePlace.Signature, name);
        method.DecodeSignature(_sink, null);
        ReadConstraints(method.GetGenericParameters());
        ReadAttributes(method.GetCustomAttributes(), name);
        foreach (ParameterHandle each in method.GetParameters())
        {
            ReadAttributes(_reader.GetParameter(each).GetCustomAttributes(), name);
        }

        if (method.RelativeVirtualAddress == 0)
        {
            return;
        }

        MethodBodyBlock body = _image.GetMethodBody(method.RelativeVirtualAddress);
        At(UsePlace.Local, name);
        if (!body.LocalSignature.IsNil)
        {
            Visit(body.LocalSignature);
        }

        At(UsePlace.Body, name);
        foreach (ExceptionRegion region in body.ExceptionRegions)
        {
            Visit(region.CatchType);
        }

        foreach (EntityHandle token in InstructionTokens.In(body.GetILBytes() ?? []))
        {
            Visit(token);
        }
    }

    private void ReadConstraints(GenericParameterHandleCollection parameters)
    {
        foreach (GenericParameterHandle parameter in parameters)
        {
            foreach (GenericParameterConstraintHandle constraint in _reader.GetGenericParameter(parameter).GetConstraints())
            {
                Visit(_reader.GetGenericParameterConstraint(constraint).Type);
            }
        }
    }

    private void ReadAttributes(CustomAttributeHandleCollection attributes, string owner)
    {
        (UsePlace place, string where) = (_place, _where);
        foreach (CustomAttributeHandle each in attributes)
        {
            At(UsePlace.Attribute, owner);
            CustomAttribute attribute = _reader.GetCustomAttribute(each);
            Visit(attribute.Constructor);
            foreach (CustomAttributeTypedArgument<string> argument in attribute.DecodeValue(_sink).FixedArguments)
            {
                if (argument is { Type: "System.Type", Value: string type })
                {
                    _sink.GetTypeFromSerializedName(type);
                }
            }
        }

        At(place, where);
    }

    private void Visit(EntityHandle handle)
    {
        if (!handle.IsNil)
        {
            _sink.Visit(handle);
        }
    }

    private void At(UsePlace place, string where) => (_place, _where) = (place, where);
}

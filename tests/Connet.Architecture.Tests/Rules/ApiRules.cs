using System.Reflection;
using System.Runtime.CompilerServices;

namespace Connet.Architecture.Tests.Rules;

/// <summary>Rules about types as reflection sees them. Each returns what is wrong with a type, and nothing for a good one.</summary>
internal static class ApiRules
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    /// <summary>The types people wrote, nested ones included.</summary>
    public static IEnumerable<Type> WrittenTypes(Assembly assembly) => assembly.GetTypes().Where(type => !IsGenerated(type));

    /// <summary>A class is sealed, static or abstract.</summary>
    public static IEnumerable<string> Sealed(Type type)
    {
        if (type is { IsClass: true, IsSealed: false, IsAbstract: false })
        {
            yield return $"{type.FullName} is neither sealed, static nor abstract";
        }
    }

    /// <summary>
    /// A public method whose name ends in Async returns something to await and takes a trailing token, and the other way round. Overrides and
    /// interface implementations keep the shape of what they implement.
    /// </summary>
    public static IEnumerable<string> AsyncShape(Type type)
    {
        if (!type.IsVisible || typeof(Delegate).IsAssignableFrom(type))
        {
            yield break;
        }

        HashSet<MethodInfo> implementations = type.IsInterface ? [] : [.. type.GetInterfaces().SelectMany(each => type.GetInterfaceMap(each).TargetMethods)];
        foreach (MethodInfo method in type.GetMethods(Declared).Where(method => !method.IsSpecialName))
        {
            if (method.GetBaseDefinition() != method || implementations.Contains(method))
            {
                continue;
            }

            bool awaitable = IsAwaitable(method.ReturnType);
            bool named = method.Name.EndsWith("Async", StringComparison.Ordinal);
            string name = $"{type.FullName}.{method.Name}";
            if (awaitable != named)
            {
                yield return awaitable ? $"{name} returns {method.ReturnType.Name} but its name does not end in Async" : $"{name} does not return ValueTask, Task or IAsyncEnumerable";
            }
            else if (named && method.GetParameters().LastOrDefault()?.ParameterType != typeof(CancellationToken))
            {
                yield return $"{name} takes no trailing CancellationToken";
            }
        }
    }

    private static bool IsAwaitable(Type type) =>
        type == typeof(ValueTask) || typeof(Task).IsAssignableFrom(type)
        || (type.IsGenericType && (type.GetGenericTypeDefinition() == typeof(ValueTask<>) || type.GetGenericTypeDefinition() == typeof(IAsyncEnumerable<>)));

    private static bool IsGenerated(Type type) =>
        type.IsDefined(typeof(CompilerGeneratedAttribute), inherit: false)
        || type.Name.Contains('<', StringComparison.Ordinal)
        || (type.DeclaringType is { } outer && IsGenerated(outer));
}

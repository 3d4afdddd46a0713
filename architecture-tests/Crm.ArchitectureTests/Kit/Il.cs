using Mono.Cecil;
using Mono.Cecil.Cil;

namespace Crm.ArchitectureTests.Kit;

/// <summary>One call in IL, told with the method that a person wrote it in.</summary>
/// <param name="Type">The written type.</param>
/// <param name="Method">The written method: what stands in its state machines and lambdas counts as its own.</param>
/// <param name="Callee">What is called.</param>
internal sealed record Call(TypeDefinition Type, MethodDefinition? Method, MethodReference Callee)
{
    public string Where => $"{Type.FullName}.{Method?.Name ?? "?"} → {Callee.DeclaringType.Name}.{Callee.Name}";
}

/// <summary>Reads IL and metadata.</summary>
internal static class Il
{
    /// <summary>
    /// Every call of a type, with those in nested types that the compiler wrote: an <c>await db.SaveChangesAsync()</c> stands in a state machine,
    /// and without looking there it is invisible.
    /// </summary>
    public static IEnumerable<Call> Calls(this TypeDefinition type) => Bodies(type).SelectMany(b => b.Body.Body.Instructions
        .Where(i => i.OpCode.Code is Code.Call or Code.Callvirt or Code.Newobj or Code.Ldftn or Code.Ldvirtftn)
        .Select(i => new Call(type, b.Written, (MethodReference)i.Operand)));

    /// <summary>All bodies of a type: its methods' and those of the compiler's types in it, each with the method it was written in.</summary>
    public static IEnumerable<(MethodDefinition? Written, MethodDefinition Body)> Bodies(TypeDefinition type) => Bodies(type, type);

    private static IEnumerable<(MethodDefinition?, MethodDefinition)> Bodies(TypeDefinition written, TypeDefinition at)
    {
        foreach (var method in at.Methods.Where(m => m.HasBody)) yield return (Written(written, at, method), method);
        foreach (var nested in at.NestedTypes.Where(n => n.Name.Contains('<', StringComparison.Ordinal)))
        {
            foreach (var b in Bodies(written, nested)) yield return b;
        }
    }

    // <RunAsync>d__3, <Handle>b__2_0, <Handle>g__Local|2_0: the written name stands in the first brackets; the state machine of a local function in its own type's.
    private static MethodDefinition? Written(TypeDefinition written, TypeDefinition at, MethodDefinition method)
    {
        if (at == written && !method.Name.StartsWith('<')) return method;
        foreach (var name in new[] { method.Name, at.Name, at.DeclaringType?.Name })
        {
            if (name is null) continue;
            foreach (var candidate in name.Split('<', '>').Where(p => p.Length > 0))
            {
                if (written.Methods.FirstOrDefault(m => m.Name == candidate) is { } found) return found;
            }
        }

        return null;
    }

    public static bool IsCompilerGenerated(this TypeDefinition type) =>
        type.Name.StartsWith('<') || type.Name.Contains("__", StringComparison.Ordinal) && type.Has("CompilerGeneratedAttribute") || type.Has("CompilerGeneratedAttribute")
        || type.Has("GeneratedCodeAttribute") || (type.DeclaringType?.IsCompilerGenerated() ?? false)
        || type.Namespace is "AspNetCoreGeneratedDocument" or "System.Runtime.CompilerServices" or "Microsoft.CodeAnalysis" or "System.Text.RegularExpressions.Generated" || type.Namespace.StartsWith("Microsoft.AspNetCore.OpenApi", StringComparison.Ordinal)
        || type.Namespace.StartsWith("Internal.", StringComparison.Ordinal);

    public static bool Has(this ICustomAttributeProvider provider, string attribute) => provider.HasCustomAttributes && provider.CustomAttributes.Any(a => a.AttributeType.Name == attribute);

    public static CustomAttribute? Find(this ICustomAttributeProvider provider, string attribute) => provider.CustomAttributes.FirstOrDefault(a => a.AttributeType.Name == attribute);

    public static string NamespaceOf(this TypeDefinition type) => type.DeclaringType is { } outer ? outer.NamespaceOf() : type.Namespace;

    /// <summary>Whether the type implements the interface (by simple name, generic arity in the usual way: <c>IRequestHandler`2</c>), itself or by a base.</summary>
    public static bool Implements(this TypeDefinition type, string name) => type.AllInterfaces().Any(i => i.Name == name);

    public static IEnumerable<TypeReference> AllInterfaces(this TypeDefinition type)
    {
        foreach (var i in type.Interfaces)
        {
            yield return i.InterfaceType;
            if (i.InterfaceType.Resolve() is { } resolved)
            {
                foreach (var inherited in resolved.AllInterfaces()) yield return inherited;
            }
        }

        if (type.BaseType is { FullName: not "System.Object" } b && b.Resolve() is { } parent)
        {
            foreach (var i in parent.AllInterfaces()) yield return i;
        }
    }

    public static bool Inherits(this TypeDefinition type, string name)
    {
        for (var b = type.BaseType; b is not null; b = b.Resolve()?.BaseType)
        {
            if (b.Name == name) return true;
        }

        return false;
    }

    /// <summary>Full names of the types that a type's signature and bodies name.</summary>
    public static IEnumerable<string> Dependencies(this TypeDefinition type)
    {
        if (type.BaseType is { } b) yield return b.FullName;
        foreach (var i in type.Interfaces) yield return i.InterfaceType.FullName;
        foreach (var f in type.Fields) yield return f.FieldType.FullName;
        foreach (var m in type.Methods)
        {
            yield return m.ReturnType.FullName;
            foreach (var p in m.Parameters) yield return p.ParameterType.FullName;
        }

        foreach (var call in type.Calls()) yield return call.Callee.DeclaringType.FullName;
    }

    /// <summary>Whether it is a record: the compiler gave it a clone method.</summary>
    public static bool IsRecord(this TypeDefinition type) => type.Methods.Any(m => m.Name == "<Clone>$");

    public static TypeDefinition ResolveType(object typeReference) => ((TypeReference)typeReference).Resolve();

    /// <summary>The page model of a compiled page: the type of its Model property.</summary>
    public static TypeDefinition? PageModelOf(TypeDefinition page) => page.Properties.FirstOrDefault(p => p.Name == "Model")?.PropertyType.Resolve();
}

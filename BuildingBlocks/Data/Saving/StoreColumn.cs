using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Storage;

namespace Crm.Data;

/// <summary>A property as its column: for the statements beside EF's own that write many rows at once.</summary>
internal sealed class StoreColumn(IProperty property, StoreObjectIdentifier table)
{
    private readonly RelationalTypeMapping _mapping = property.GetRelationalTypeMapping();
    private readonly IClrPropertyGetter _getter = property.GetGetter();

    public IProperty Property { get; } = property;

    public string Name { get; } = property.GetColumnName(table)!;

    /// <summary>As PostgreSQL calls it, without length. Its «char» without a length is a type of its own, of one byte.</summary>
    public string StoreType => _mapping.StoreTypeNameBase is "char" ? "character" : _mapping.StoreTypeNameBase;

    /// <summary>Of what <see cref="ToStore"/> answers.</summary>
    public Type StoreClrType
    {
        get
        {
            var type = _mapping.Converter?.ProviderClrType ?? Property.ClrType;
            type = Nullable.GetUnderlyingType(type) ?? type;
            return type == typeof(DateTimeOffset) ? typeof(DateTime) : type;
        }
    }

    /// <summary>The columns a table keeps of an entity; what the database works out itself is not among them.</summary>
    public static IReadOnlyList<StoreColumn> Of(IEntityType type)
    {
        var table = StoreObjectIdentifier.Table(type.GetTableName()!, type.GetSchema());
        return [.. type.GetProperties().Where(p => p.GetColumnName(table) is { } c && c != "xmin" && p.GetComputedColumnSql() is null).Select(p => new StoreColumn(p, table))];
    }

    /// <summary>The entity's value, ready to be stored.</summary>
    public object? Of(object entity) => ToStore(_getter.GetClrValue(entity));

    /// <summary>A value of the property, ready to be stored.</summary>
    public object? ToStore(object? value)
    {
        if (value is null) return null;
        if (_mapping.Converter is { } converter) value = converter.ConvertToProvider(value);
        return value is DateTimeOffset t ? t.UtcDateTime : value;
    }
}

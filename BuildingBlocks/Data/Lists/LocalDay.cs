using System.Linq.Expressions;
using System.Reflection;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Query.SqlExpressions;
using Microsoft.EntityFrameworkCore.Storage;

namespace Crm.Data;

/// <summary>For reports: the civil day of a moment in somebody's zone, worked out by the database.</summary>
public static class LocalDay
{
    private static readonly DateTimeTypeMapping s_moment = new("timestamp without time zone");
    private static readonly DateOnlyTypeMapping s_day = new("date");

    /// <summary>In queries only: <c>(moment at time zone zone)::date</c>.</summary>
    /// <param name="moment">A column.</param>
    /// <param name="zone">IANA name.</param>
    public static DateOnly Of(DateTimeOffset moment, string zone) => throw new NotSupportedException("For queries only.");

    internal static void Map(ModelBuilder model) => model.HasDbFunction(typeof(LocalDay).GetMethod(nameof(Of), BindingFlags.Public | BindingFlags.Static)!)
        .HasTranslation(args => new SqlUnaryExpression(
            ExpressionType.Convert, new SqlFunctionExpression("timezone", [args[1], args[0]], nullable: true, argumentsPropagateNullability: [true, true], typeof(DateTime), s_moment), typeof(DateOnly), s_day));
}

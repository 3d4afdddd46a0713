using System.Collections.Concurrent;
using FluentValidation;
using FluentValidation.Validators;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Web;

/// <summary>What a command's validator says of a property, so that the form need not repeat it.</summary>
internal static class FieldRules
{
    private static readonly ConcurrentDictionary<(Type, string), (bool Required, int? MaxLength)> s_known = new();

    /// <summary>Whether it must be filled, and how long it may be. Rules under a condition do not count.</summary>
    public static (bool Required, int? MaxLength) Of(Type? container, string? property, IServiceProvider services)
    {
        if (container is null || property is null || container.IsValueType) return (false, null);
        return s_known.GetOrAdd((container, property), key =>
        {
            var required = false;
            int? longest = null;
            foreach (var validator in services.GetServices(typeof(IValidator<>).MakeGenericType(key.Item1)).Cast<IValidator>())
            {
                foreach (var (rule, options) in validator.CreateDescriptor().GetValidatorsForMember(key.Item2))
                {
                    if (options.HasCondition || options.HasAsyncCondition) continue;
                    if (rule is INotEmptyValidator or INotNullValidator) required = true;
                    if (rule is ILengthValidator { Max: > 0 } length) longest = Math.Min(longest ?? int.MaxValue, length.Max);
                }
            }

            return (required, longest);
        });
    }
}

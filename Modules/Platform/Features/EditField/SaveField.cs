using System.ComponentModel.DataAnnotations;
using Crm.Core;
using Crm.Data;
using Crm.Platform.Data;
using Crm.Platform.Domain;
using Crm.Platform.Fields;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Features.EditField;

/// <summary>Adds a custom field (no id) or changes one. Record and kind are given once.</summary>
[Requires(PlatformPermissions.ManageFields)]
[Unique("ux_custom_fields_record_key", nameof(Key), "There is a field with this key already.")]
internal sealed record SaveFieldCommand : ICommand<Guid>
{
    public Guid? Id { get; init; }

    public uint? Version { get; init; }

    public string Record { get; init; } = "";

    public FieldType Kind { get; init; }

    [Display(Name = "Persian title")]
    public string Title { get; init; } = "";

    [Display(Name = "English title")]
    public string? EnglishTitle { get; init; }

    [Display(Name = "Key")]
    public string? Key { get; init; }

    public string? Hint { get; init; }

    public string? Section { get; init; }

    public List<OptionFields> Options { get; init; } = [];

    public string? LinksTo { get; init; }

    public string? Formula { get; init; }

    public bool Required { get; init; }

    public bool InList { get; init; }

    public bool Sortable { get; init; }

    public string? ShownWhenField { get; init; }

    public string? ShownWhenValue { get; init; }

    public List<Guid> RoleIds { get; init; } = [];

    public List<Guid> ReadOnlyRoleIds { get; init; } = [];

    public bool Active { get; init; } = true;

    public static SaveFieldCommand Of(FieldDefinition f) => new()
    {
        Id = f.Id, Version = f.Version, Record = f.Record, Kind = f.Kind, Title = f.Title, EnglishTitle = f.EnglishTitle, Key = f.Key, Hint = f.Hint, Section = f.Section,
        Options = [.. f.OptionList.Select(o => new OptionFields { Value = o.Value, Persian = o.Persian, English = o.English, Color = o.Color })],
        LinksTo = f.LinksTo, Formula = f.Formula, Required = f.Required, InList = f.InList, Sortable = f.Sortable, ShownWhenField = f.ShownWhenField, ShownWhenValue = f.ShownWhenValue,
        RoleIds = [.. f.RoleIds], ReadOnlyRoleIds = [.. f.ReadOnlyRoleIds], Active = f.Active,
    };
}

internal sealed record OptionFields
{
    public string? Value { get; init; }

    public string? Persian { get; init; }

    public string? English { get; init; }

    public string? Color { get; init; }
}

internal sealed class SaveFieldValidator : AbstractValidator<SaveFieldCommand>
{
    private static readonly string[] s_functions = ["min", "max", "round", "abs"];

    public SaveFieldValidator()
    {
        RuleFor(c => c.Kind).IsInEnum();
        RuleFor(c => c.Title).NotEmpty().MaximumLength(100);
        RuleFor(c => c.EnglishTitle).MaximumLength(100);
        RuleFor(c => c.Key).MaximumLength(40);
        RuleFor(c => c.Key).Matches("^[a-z][a-z0-9_]*$").When(c => !string.IsNullOrEmpty(c.Key)).WithMessage("Small Latin letters, digits and underscores, a letter first.");
        RuleFor(c => c.Key).Must(k => !s_functions.Contains(k)).WithMessage("This word has a meaning of its own.");
        RuleFor(c => c.Hint).MaximumLength(300);
        RuleFor(c => c.Section).MaximumLength(100);
        RuleFor(c => c.Options).Must(o => o.Count <= 300).WithMessage("Too many values.");
        RuleFor(c => c.Options).Must(o => o.Any(x => !string.IsNullOrEmpty(x.Persian))).When(c => c.Kind is FieldType.Choice or FieldType.Choices).WithMessage("Give at least one value to choose.");
        RuleForEach(c => c.Options).ChildRules(o =>
        {
            o.RuleFor(x => x.Persian).MaximumLength(100);
            o.RuleFor(x => x.English).MaximumLength(100);
            o.RuleFor(x => x.Persian).NotEmpty().When(x => !string.IsNullOrEmpty(x.English));
        });
        RuleFor(c => c.LinksTo).NotEmpty().When(c => c.Kind == FieldType.Record);
        RuleFor(c => c.Formula).NotEmpty().MaximumLength(500).When(c => c.Kind == FieldType.Formula);
    }
}

internal sealed class SaveFieldHandler(PlatformDb db, IRecordTypes types, IBackgroundWork work) : IRequestHandler<SaveFieldCommand, Guid>
{
    public async Task<Guid> Handle(SaveFieldCommand request, CancellationToken cancellationToken)
    {
        var known = request.Id is { } id ? await db.CustomFields.FirstOrDefaultAsync(f => f.Id == id, cancellationToken) ?? throw new NotFound("custom field", id) : null;
        var record = known?.Record ?? request.Record;
        if (types.Find(record) is not { HasCustomFields: true }) throw new InvalidInput(nameof(request.Record), "Choose one of the list.");
        var others = await db.CustomFields.Where(f => f.Record == record && (known == null || f.Id != known.Id)).ToListAsync(cancellationToken);
        var field = known ?? new FieldDefinition(record, request.Key ?? NewKey(request, others), request.Kind, others.Count == 0 ? 0 : others.Max(f => f.Order) + 1);
        if (known is null) db.CustomFields.Add(field);
        else db.ExpectVersion(field, request.Version);
        Check(request, field, others);
        var indexed = known is { Active: true, Sortable: true };
        (field.Title, field.EnglishTitle, field.Hint, field.Section) = (request.Title, request.EnglishTitle, request.Hint, request.Section);
        field.SetOptions(field.Kind is FieldType.Choice or FieldType.Choices ? Options(request.Options) : []);
        field.LinksTo = field.Kind == FieldType.Record ? request.LinksTo : null;
        field.Formula = field.Kind == FieldType.Formula ? request.Formula : null;
        (field.Required, field.InList, field.Sortable, field.Active) = (request.Required && field.Kind != FieldType.Formula, request.InList, request.Sortable, request.Active);
        (field.ShownWhenField, field.ShownWhenValue) = request.ShownWhenField is { } on ? (on, request.ShownWhenValue) : (null, null);
        (field.RoleIds, field.ReadOnlyRoleIds) = ([.. request.RoleIds.Distinct()], [.. request.ReadOnlyRoleIds.Distinct()]);
        if (ListedRecords.CanSort(field.Kind) && indexed != field is { Active: true, Sortable: true }) await work.StartAsync(FieldIndexJob.JobKey, new FieldIndexArguments(field.Id), field.Title, cancellationToken);
        return field.Id;
    }

    private void Check(SaveFieldCommand c, FieldDefinition field, List<FieldDefinition> others)
    {
        if (field.Kind == FieldType.Record && types.Find(c.LinksTo ?? "") is null) throw new InvalidInput(nameof(c.LinksTo), "Choose one of the list.");
        if (c.ShownWhenField is { } on && others.Find(o => o.Key == on) is not { Kind: FieldType.Choice or FieldType.Choices or FieldType.YesNo }) throw new InvalidInput(nameof(c.ShownWhenField), "Choose one of the list.");
        if (field.Kind != FieldType.Formula) return;
        try
        {
            foreach (var key in Formula.Fields(c.Formula!))
            {
                if (others.Find(o => o.Key == key) is not { Kind: FieldType.Number or FieldType.Money }) throw new InvalidInput(nameof(c.Formula), "There is no number field “{0}”.", key);
            }
        }
        catch (FormatException e)
        {
            throw new InvalidInput(nameof(c.Formula), e.Message);
        }
    }

    // A value keeps its key for good: records hold it.
    private static List<CustomOption> Options(List<OptionFields> typed)
    {
        var options = new List<CustomOption>();
        var used = typed.Select(t => t.Value).Where(v => !string.IsNullOrEmpty(v)).ToHashSet(StringComparer.Ordinal);
        foreach (var o in typed.Where(o => !string.IsNullOrEmpty(o.Persian)))
        {
            var value = string.IsNullOrEmpty(o.Value) ? Enumerable.Range(1, 1000).Select(i => $"v{i}").First(v => used.Add(v)) : o.Value;
            options.Add(new(value, o.Persian!, o.English, string.IsNullOrEmpty(o.Color) ? null : o.Color));
        }

        return options;
    }

    private static string NewKey(SaveFieldCommand c, List<FieldDefinition> others)
    {
        var slug = new string([.. (c.EnglishTitle ?? "").ToLowerInvariant().Select(ch => char.IsAsciiLetterOrDigit(ch) ? ch : '_')]).Trim('_');
        if (slug.Length == 0 || !char.IsAsciiLetterLower(slug[0]) || slug is "min" or "max" or "round" or "abs") slug = "field";
        if (slug.Length > 30) slug = slug[..30];
        return others.Exists(o => o.Key == slug) ? Enumerable.Range(2, 1000).Select(i => $"{slug}_{i}").First(k => !others.Exists(o => o.Key == k)) : slug;
    }
}

using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Core;
using Crm.Data;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Features.BaseDataSettings;

/// <summary>Adds a value to a list; from the settings page or in place, from the drop-down. A value that is there already is answered, not doubled.</summary>
[Requires(ContactsPermissions.ManageBaseData)]
[Unique("ux_base_data_list_folded", nameof(Title), "The list has this value already.")]
internal sealed record AddBaseDataCommand : ICommand<Guid>
{
    public string List { get; init; } = "";

    public string? Title { get; init; }

    public string? EnglishTitle { get; init; }

    public string? Color { get; init; }

    /// <summary>Of a kind of relation: its name from the other side.</summary>
    public string? Reverse { get; init; }

    public string? EnglishReverse { get; init; }

    /// <summary>Of an importance of suppliers: months until they are to be scored again.</summary>
    public int? Months { get; init; }
}

internal sealed class AddBaseDataValidator : AbstractValidator<AddBaseDataCommand>
{
    /// <summary>Colours of badges with their titles (translation keys).</summary>
    public static readonly IReadOnlyDictionary<string, string> Colors = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["green"] = "Green", ["red"] = "Red", ["orange"] = "Orange", ["blue"] = "Blue", ["purple"] = "Purple", ["gray"] = "Gray",
    };

    public AddBaseDataValidator()
    {
        RuleFor(c => c.List).Must(BaseLists.Exists).WithMessage("Choose one of the list.");
        RuleFor(c => c.Title).NotEmpty().MaximumLength(120);
        RuleFor(c => c.EnglishTitle).MaximumLength(120);
        RuleFor(c => c.Reverse).MaximumLength(120);
        RuleFor(c => c.EnglishReverse).MaximumLength(120);
        RuleFor(c => c.Months).InclusiveBetween(1, 120);
        RuleFor(c => c.Color).Must(c => Colors.ContainsKey(c!)).When(c => !string.IsNullOrEmpty(c.Color)).WithMessage("Choose one of the list.");
    }
}

internal sealed class AddBaseDataHandler(ContactsDb db) : IRequestHandler<AddBaseDataCommand, Guid>
{
    public async Task<Guid> Handle(AddBaseDataCommand command, CancellationToken cancellationToken)
    {
        var folded = PersianText.Fold(command.Title);
        if (await db.BaseData.SingleOrDefaultAsync(b => b.List == command.List && b.Folded == folded, cancellationToken) is { } known)
        {
            known.Change(known.Title, known.EnglishTitle, known.Color, true);
            return known.Id;
        }

        var last = await db.BaseData.Where(b => b.List == command.List).MaxAsync(b => (int?)b.Order, cancellationToken) ?? 0;
        var item = new BaseDataItem(command.List, command.Title!, command.EnglishTitle, last + 10);
        if (command.Color is not null) item.Change(command.Title!, command.EnglishTitle, command.Color, true);
        if (command.List == BaseLists.RelationKind) item.NameReverse(command.Reverse, command.EnglishReverse);
        if (command.List == BaseLists.Importance) item.ScoreEvery(command.Months);
        db.Add(item);
        return item.Id;
    }
}

using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Core;
using Crm.Data;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Features.BaseDataSettings;

/// <summary>Changes a value. It can be put away, never deleted: records that carry it keep their meaning.</summary>
[Requires(ContactsPermissions.ManageBaseData)]
[Unique("ux_base_data_list_folded", nameof(Title), "The list has this value already.")]
internal sealed record EditBaseDataCommand : ICommand
{
    public Guid Id { get; init; }

    public uint? Version { get; init; }

    public string? Title { get; init; }

    public string? EnglishTitle { get; init; }

    public string? Color { get; init; }

    /// <summary>Of a kind of relation: its name from the other side.</summary>
    public string? Reverse { get; init; }

    public string? EnglishReverse { get; init; }

    /// <summary>Of an importance of suppliers: months until they are to be scored again.</summary>
    public int? Months { get; init; }

    public bool Active { get; init; } = true;
}

internal sealed class EditBaseDataValidator : AbstractValidator<EditBaseDataCommand>
{
    public EditBaseDataValidator()
    {
        RuleFor(c => c.Id).NotEmpty();
        RuleFor(c => c.Title).NotEmpty().MaximumLength(120);
        RuleFor(c => c.EnglishTitle).MaximumLength(120);
        RuleFor(c => c.Reverse).MaximumLength(120);
        RuleFor(c => c.EnglishReverse).MaximumLength(120);
        RuleFor(c => c.Months).InclusiveBetween(1, 120);
        RuleFor(c => c.Color).Must(c => AddBaseDataValidator.Colors.ContainsKey(c!)).When(c => !string.IsNullOrEmpty(c.Color)).WithMessage("Choose one of the list.");
    }
}

internal sealed class EditBaseDataHandler(ContactsDb db) : IRequestHandler<EditBaseDataCommand, Unit>
{
    public async Task<Unit> Handle(EditBaseDataCommand command, CancellationToken cancellationToken)
    {
        var item = await db.BaseData.SingleOrDefaultAsync(b => b.Id == command.Id, cancellationToken) ?? throw new NotFound(nameof(BaseDataItem), command.Id);
        db.ExpectVersion(item, command.Version);
        item.Change(command.Title!, command.EnglishTitle, command.Color, command.Active);
        if (item.List == BaseLists.RelationKind) item.NameReverse(command.Reverse, command.EnglishReverse);
        if (item.List == BaseLists.Importance) item.ScoreEvery(command.Months);
        return Unit.Value;
    }
}

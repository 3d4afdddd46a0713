using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Core;
using Crm.Data;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Features.ManageRelations;

/// <summary>Relates two contacts. Both must be ones the user sees.</summary>
[Requires(ContactsPermissions.Change)]
[Unique("ux_contact_relations_contact_id_other_id_kind_id", nameof(OtherId), "The two are related in this way already.")]
internal sealed record AddRelationCommand : ICommand<Guid>
{
    public Guid ContactId { get; init; }

    public Guid? OtherId { get; init; }

    public Guid? KindId { get; init; }

    /// <summary>Read from the other side: the contact is to the other one what the kind says.</summary>
    public bool Reverse { get; init; }

    public string? Note { get; init; }
}

internal sealed class AddRelationValidator : AbstractValidator<AddRelationCommand>
{
    public AddRelationValidator()
    {
        RuleFor(c => c.ContactId).NotEmpty();
        RuleFor(c => c.OtherId).NotEmpty();
        RuleFor(c => c.OtherId).Must((c, other) => other != c.ContactId).WithMessage("A contact is not related to itself.");
        RuleFor(c => c.KindId).NotEmpty();
        RuleFor(c => c.Note).MaximumLength(300);
    }
}

internal sealed class AddRelationHandler(ContactsDb db, BaseDataCache baseData) : IRequestHandler<AddRelationCommand, Guid>
{
    public async Task<Guid> Handle(AddRelationCommand command, CancellationToken cancellationToken)
    {
        var other = command.OtherId!.Value;
        var contact = await db.Contacts.Include(c => c.Phones).SingleOrDefaultAsync(c => c.Id == command.ContactId, cancellationToken) ?? throw new NotFound(nameof(Contact), command.ContactId);
        if (!await db.Contacts.AnyAsync(c => c.Id == other, cancellationToken)) throw new InvalidInput(nameof(command.OtherId), "Choose one of the list.");
        if ((await baseData.GetAsync(cancellationToken)).Find(command.KindId) is not { List: BaseLists.RelationKind } kind) throw new InvalidInput(nameof(command.KindId), "Choose one of the list.");
        // The same both ways: stands once, whoever was named first.
        var turn = kind.Reverse is null ? contact.Id.CompareTo(other) > 0 : command.Reverse;
        var relation = turn ? new ContactRelation(other, contact.Id, kind.Id, command.Note) : new ContactRelation(contact.Id, other, kind.Id, command.Note);
        db.Add(relation);
        // Who relates a contact changes it; the other one is only seen.
        db.Touch(contact);
        return relation.Id;
    }
}

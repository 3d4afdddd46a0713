using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Core;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Features.ChangeContact;

/// <summary>Puts a contact into a group or takes it out; what a routine does.</summary>
[Requires(ContactsPermissions.Change)]
internal sealed record ChangeContactGroupCommand(Guid ContactId, Guid GroupId, bool Remove) : ICommand;

internal sealed class ChangeContactGroupValidator : AbstractValidator<ChangeContactGroupCommand>
{
    public ChangeContactGroupValidator()
    {
        RuleFor(c => c.ContactId).NotEmpty();
        RuleFor(c => c.GroupId).NotEmpty();
    }
}

internal sealed class ChangeContactGroupHandler(ContactsDb db, BaseDataCache baseData) : IRequestHandler<ChangeContactGroupCommand, Unit>
{
    public async Task<Unit> Handle(ChangeContactGroupCommand command, CancellationToken cancellationToken)
    {
        // A group that went into another one means that one.
        var groups = (await baseData.GetAsync(cancellationToken)).Groups;
        var group = groups.Find(command.GroupId)?.Id;
        if (!command.Remove && group is null) throw new InvalidInput(nameof(command.GroupId), "Choose one of the list.");
        var contact = await db.Contacts.Include(c => c.Phones).SingleOrDefaultAsync(c => c.Id == command.ContactId, cancellationToken) ?? throw new NotFound(nameof(Contact), command.ContactId);
        if (!command.Remove) contact.AddToGroup(group!.Value);
        else foreach (var id in (contact.GroupIds ?? []).Where(g => g == command.GroupId || (group is not null && groups.Find(g)?.Id == group)).ToArray()) contact.TakeFromGroup(id);
        return Unit.Value;
    }
}

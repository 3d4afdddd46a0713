using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Core;
using Crm.Data;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Features.ManageGroups;

/// <summary>Renames a group, puts it away or takes it back. It is never deleted: contacts that are in it keep their meaning.</summary>
[Requires(ContactsPermissions.ManageGroups)]
[Unique("ux_groups_parent_id_folded", nameof(Title), "There is a group of this name here already.")]
internal sealed record EditGroupCommand : ICommand
{
    public Guid Id { get; init; }

    public uint? Version { get; init; }

    public string? Title { get; init; }

    public string? EnglishTitle { get; init; }

    public bool Active { get; init; } = true;
}

internal sealed class EditGroupValidator : AbstractValidator<EditGroupCommand>
{
    public EditGroupValidator()
    {
        RuleFor(c => c.Id).NotEmpty();
        RuleFor(c => c.Title).NotEmpty().MaximumLength(120);
        RuleFor(c => c.EnglishTitle).MaximumLength(120);
    }
}

internal sealed class EditGroupHandler(ContactsDb db) : IRequestHandler<EditGroupCommand, Unit>
{
    public async Task<Unit> Handle(EditGroupCommand command, CancellationToken cancellationToken)
    {
        var group = await db.Groups.SingleOrDefaultAsync(g => g.Id == command.Id && g.MergedIntoId == null, cancellationToken) ?? throw new NotFound(nameof(ContactGroup), command.Id);
        db.ExpectVersion(group, command.Version);
        group.Change(command.Title!, command.EnglishTitle, command.Active);
        return Unit.Value;
    }
}

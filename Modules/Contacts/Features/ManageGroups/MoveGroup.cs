using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Core;
using Crm.Data;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Features.ManageGroups;

/// <summary>Moves a group, with all that lies in it, to a place under another group or to the top.</summary>
/// <param name="Id">The group.</param>
/// <param name="ParentId">Where it is to lie; null for the top.</param>
/// <param name="Index">Its place there, from 0; null for the end.</param>
[Requires(ContactsPermissions.ManageGroups)]
[Unique("ux_groups_parent_id_folded", "ParentId", "There is a group of this name here already.")]
internal sealed record MoveGroupCommand(Guid Id, Guid? ParentId, int? Index) : ICommand;

internal sealed class MoveGroupValidator : AbstractValidator<MoveGroupCommand>
{
    public MoveGroupValidator()
    {
        RuleFor(c => c.Id).NotEmpty();
        RuleFor(c => c.Index).GreaterThanOrEqualTo(0);
    }
}

internal sealed class MoveGroupHandler(ContactsDb db) : IRequestHandler<MoveGroupCommand, Unit>
{
    public async Task<Unit> Handle(MoveGroupCommand command, CancellationToken cancellationToken)
    {
        var all = await db.Groups.Where(g => g.MergedIntoId == null).ToDictionaryAsync(g => g.Id, cancellationToken);
        var group = all.GetValueOrDefault(command.Id) ?? throw new NotFound(nameof(ContactGroup), command.Id);
        for (var above = command.ParentId; above is { } id; above = all[id].ParentId)
        {
            if (!all.TryGetValue(id, out var parent)) throw new InvalidInput(nameof(command.ParentId), "Choose one of the list.");
            if (parent == group) throw new RuleBroken("group.in-itself", "A group can't lie in itself.");
            // Two people who put one into the other at the same moment would make a ring: what lies above must stand still meanwhile.
            db.Touch(parent);
        }

        var beside = all.Values.Where(g => g.ParentId == command.ParentId && g != group).OrderBy(g => g.Order).ThenBy(g => g.Title, StringComparer.Ordinal).ToList();
        beside.Insert(Math.Min(command.Index ?? beside.Count, beside.Count), group);
        for (var i = 0; i < beside.Count; i++) beside[i].Move(command.ParentId, (i + 1) * 10);
        return Unit.Value;
    }
}

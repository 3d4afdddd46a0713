using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Core;
using Crm.Data;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Features.ManageGroups;

/// <summary>Makes one group of two: whoever is in the first is in the other from now on, and what lies in it lies there. Groups of one name in both become one as well.</summary>
[Requires(ContactsPermissions.ManageGroups)]
internal sealed record MergeGroupCommand : ICommand
{
    public Guid Id { get; init; }

    public Guid? IntoId { get; init; }
}

internal sealed class MergeGroupValidator : AbstractValidator<MergeGroupCommand>
{
    public MergeGroupValidator()
    {
        RuleFor(c => c.Id).NotEmpty();
        RuleFor(c => c.IntoId).NotEmpty();
    }
}

internal sealed class MergeGroupHandler(ContactsDb db) : IRequestHandler<MergeGroupCommand, Unit>
{
    public async Task<Unit> Handle(MergeGroupCommand command, CancellationToken cancellationToken)
    {
        var all = await db.Groups.Where(g => g.MergedIntoId == null).ToDictionaryAsync(g => g.Id, cancellationToken);
        var group = all.GetValueOrDefault(command.Id) ?? throw new NotFound(nameof(ContactGroup), command.Id);
        if (command.IntoId is not { } id || !all.TryGetValue(id, out var into)) throw new InvalidInput(nameof(command.IntoId), "Choose one of the list.");
        for (var above = into; above is not null; above = above.ParentId is { } p ? all[p] : null)
        {
            if (above == group) throw new RuleBroken("group.in-itself", "A group can't lie in itself.");
            db.Touch(above);
        }

        Merge(group, into);
        return Unit.Value;

        void Merge(ContactGroup from, ContactGroup to)
        {
            var there = all.Values.Where(g => g.ParentId == to.Id && g.MergedIntoId is null && g != from).ToList();
            var order = there.Count == 0 ? 0 : there.Max(g => g.Order);
            foreach (var child in all.Values.Where(g => g.ParentId == from.Id && g.MergedIntoId is null && g != to).OrderBy(g => g.Order).ToList())
            {
                if (there.Find(t => t.Folded == child.Folded) is { } same) Merge(child, same);
                else child.Move(to.Id, order += 10);
            }

            from.MergeInto(to.Id);
        }
    }
}

using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Core;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Features.BaseDataSettings;

/// <summary>Moves a value one place up or down in its list.</summary>
[Requires(ContactsPermissions.ManageBaseData)]
internal sealed record MoveBaseDataCommand(Guid Id, bool Down) : ICommand;

internal sealed class MoveBaseDataValidator : AbstractValidator<MoveBaseDataCommand>
{
    public MoveBaseDataValidator() => RuleFor(c => c.Id).NotEmpty();
}

internal sealed class MoveBaseDataHandler(ContactsDb db) : IRequestHandler<MoveBaseDataCommand, Unit>
{
    public async Task<Unit> Handle(MoveBaseDataCommand command, CancellationToken cancellationToken)
    {
        var item = await db.BaseData.SingleOrDefaultAsync(b => b.Id == command.Id, cancellationToken) ?? throw new NotFound(nameof(BaseDataItem), command.Id);
        var list = await db.BaseData.Where(b => b.List == item.List).OrderBy(b => b.Order).ThenBy(b => b.Id).ToListAsync(cancellationToken);
        var at = list.IndexOf(item);
        var to = at + (command.Down ? 1 : -1);
        if (to < 0 || to >= list.Count) return Unit.Value;
        (list[at], list[to]) = (list[to], list[at]);
        for (var i = 0; i < list.Count; i++) list[i].Move((i + 1) * 10);
        return Unit.Value;
    }
}

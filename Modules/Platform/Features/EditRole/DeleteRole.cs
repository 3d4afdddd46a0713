using Crm.Core;
using Crm.Data;
using Crm.Platform.Access;
using Crm.Platform.Data;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Features.EditRole;

[Requires(PlatformPermissions.ManageRoles)]
internal sealed record DeleteRoleCommand(Guid Id) : ICommand;

internal sealed class DeleteRoleValidator : AbstractValidator<DeleteRoleCommand>
{
    public DeleteRoleValidator() => RuleFor(c => c.Id).NotEmpty();
}

internal sealed class DeleteRoleHandler(PlatformDb db, ICurrentUser actor, RecordTypes records) : IRequestHandler<DeleteRoleCommand, Unit>
{
    public async Task<Unit> Handle(DeleteRoleCommand request, CancellationToken cancellationToken)
    {
        var role = await db.Roles.FirstOrDefaultAsync(r => r.Id == request.Id, cancellationToken) ?? throw new NotFound("role", request.Id);
        if (role.IsAdministrator) throw new RuleBroken("roles.administrators", "The administrators' role can't be removed.");
        Rights.MayGrant(actor, [role], records);
        var holders = await db.Users.IgnoreQueryFilters([Filters.Branch]).CountAsync(u => u.RoleIds.Contains(role.Id), cancellationToken);
        if (holders > 0) throw new RuleBroken("roles.in-use", "{0} users hold this role. Take it from them first.", holders);
        db.Roles.Remove(role);
        return Unit.Value;
    }
}

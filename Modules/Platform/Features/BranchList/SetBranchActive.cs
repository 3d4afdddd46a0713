using Crm.Core;
using Crm.Platform.Data;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Features.BranchList;

/// <summary>Closes a branch, so that nothing new belongs to it, or opens it again. Its records stay where they are.</summary>
[Requires(PlatformPermissions.ManageBranches)]
internal sealed record SetBranchActiveCommand(Guid Id, bool Active) : ICommand;

internal sealed class SetBranchActiveValidator : AbstractValidator<SetBranchActiveCommand>
{
    public SetBranchActiveValidator() => RuleFor(c => c.Id).NotEmpty();
}

internal sealed class SetBranchActiveHandler(PlatformDb db) : IRequestHandler<SetBranchActiveCommand, Unit>
{
    public async Task<Unit> Handle(SetBranchActiveCommand request, CancellationToken cancellationToken)
    {
        var branch = await db.Branches.FirstOrDefaultAsync(b => b.Id == request.Id, cancellationToken) ?? throw new NotFound("branch", request.Id);
        branch.SetActive(request.Active);
        return Unit.Value;
    }
}

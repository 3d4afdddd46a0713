using System.ComponentModel.DataAnnotations;
using Crm.Core;
using Crm.Data;
using Crm.Platform.Data;
using Crm.Platform.Domain;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Features.BranchList;

/// <summary>Adds a branch (no id) or changes one.</summary>
[Requires(PlatformPermissions.ManageBranches)]
[Unique("ux_branches_name", nameof(Name), "There is a branch of this name already.")]
internal sealed record SaveBranchCommand : ICommand<Guid>
{
    public Guid? Id { get; init; }

    public uint? Version { get; init; }

    [Display(Name = "Name")]
    public string Name { get; init; } = "";

    [Display(Name = "City")]
    public string? City { get; init; }
}

internal sealed class SaveBranchValidator : AbstractValidator<SaveBranchCommand>
{
    public SaveBranchValidator()
    {
        RuleFor(c => c.Name).NotEmpty().MaximumLength(80);
        RuleFor(c => c.City).MaximumLength(80);
    }
}

internal sealed class SaveBranchHandler(PlatformDb db) : IRequestHandler<SaveBranchCommand, Guid>
{
    public async Task<Guid> Handle(SaveBranchCommand request, CancellationToken cancellationToken)
    {
        var branch = request.Id is { } id ? await db.Branches.FirstOrDefaultAsync(b => b.Id == id, cancellationToken) ?? throw new NotFound("branch", id) : new Branch(request.Name);
        if (request.Id is null) db.Branches.Add(branch);
        else db.ExpectVersion(branch, request.Version);
        branch.Name = request.Name;
        branch.City = request.City;
        return branch.Id;
    }
}

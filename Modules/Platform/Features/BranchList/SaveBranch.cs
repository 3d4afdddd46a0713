using System.ComponentModel.DataAnnotations;
using Crm.Core;
using Crm.Data;
using Crm.Platform.Contracts;
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

    [Display(Name = "Province")]
    public int? ProvinceId { get; init; }
}

internal sealed class SaveBranchValidator : AbstractValidator<SaveBranchCommand>
{
    public SaveBranchValidator()
    {
        RuleFor(c => c.Name).NotEmpty().MaximumLength(80);
        RuleFor(c => c.City).MaximumLength(80);
    }
}

internal sealed class SaveBranchHandler(PlatformDb db, IEnumerable<IRegionSource> regions, IEventSink events, TimeProvider time) : IRequestHandler<SaveBranchCommand, Guid>
{
    public async Task<Guid> Handle(SaveBranchCommand request, CancellationToken cancellationToken)
    {
        var branch = request.Id is { } id ? await db.Branches.FirstOrDefaultAsync(b => b.Id == id, cancellationToken) ?? throw new NotFound("branch", id) : new Branch(request.Name);
        if (request.Id is null) db.Branches.Add(branch);
        else db.ExpectVersion(branch, request.Version);
        if (request.ProvinceId is { } province && province != branch.ProvinceId)
        {
            var known = false;
            foreach (var source in regions) known |= (await source.ProvincesAsync(cancellationToken)).Any(p => p.Id == province);
            if (!known) throw new InvalidInput(nameof(request.ProvinceId), "Choose one of the list.");
        }

        if (request.Id is not null && branch.ProvinceId != request.ProvinceId) events.Tell(new WorkingTimeChanged(DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime).AddDays(-1), "another province of the branch {0}", request.Name));
        branch.Name = request.Name;
        branch.City = request.City;
        branch.ProvinceId = request.ProvinceId;
        return branch.Id;
    }
}

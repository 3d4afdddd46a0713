using System.ComponentModel.DataAnnotations;
using Crm.Core;
using Crm.Data;
using Crm.Platform.Access;
using Crm.Platform.Contracts;
using Crm.Platform.Data;
using Crm.Platform.Domain;
using Crm.Platform.Features.AddUser;
using Crm.Platform.Working;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Features.EditUser;

[Requires(PlatformPermissions.ManageUsers)]
internal sealed record EditUserCommand : ICommand
{
    public Guid Id { get; init; }

    public uint? Version { get; init; }

    [Display(Name = "Name")]
    public string Name { get; init; } = "";

    [Display(Name = "E-mail")]
    public string? Email { get; init; }

    [Display(Name = "Mobile")]
    public string? Mobile { get; init; }

    [Display(Name = "Branch")]
    public Guid BranchId { get; init; }

    [Display(Name = "Further branches")]
    public List<Guid> BranchIds { get; init; } = [];

    [Display(Name = "Sees all branches")]
    public bool SeesAllBranches { get; init; }

    [Display(Name = "Roles")]
    public List<Guid> RoleIds { get; init; } = [];

    [Display(Name = "Provinces")]
    public List<int> ProvinceIds { get; init; } = [];
}

internal sealed class EditUserValidator : AbstractValidator<EditUserCommand>
{
    public EditUserValidator()
    {
        RuleFor(c => c.Name).NotEmpty().MaximumLength(120);
        RuleFor(c => c.Email).Must(MailAddress.IsValid).WithMessage("This is not a valid e-mail address.").MaximumLength(200);
        RuleFor(c => c.Mobile).Must(m => PhoneNumber.TryParse(m, out _)).WithMessage("This is not a telephone number.").When(c => !string.IsNullOrEmpty(c.Mobile));
        RuleFor(c => c.RoleIds).Must(r => r.Count <= 50).WithMessage("Choose one of the list.");
        RuleFor(c => c.ProvinceIds).Must(r => r.Count <= 500).WithMessage("Choose one of the list.");
        RuleFor(c => c.BranchIds).Must(r => r.Count <= 500).WithMessage("Choose one of the list.");
    }
}

internal sealed class EditUserHandler(PlatformDb db, ICurrentUser actor, RecordTypes records, IEnumerable<IRegionSource> regions) : IRequestHandler<EditUserCommand, Unit>
{
    public async Task<Unit> Handle(EditUserCommand request, CancellationToken cancellationToken)
    {
        var user = await db.Users.FirstOrDefaultAsync(u => u.Id == request.Id, cancellationToken) ?? throw new NotFound("user", request.Id);
        db.ExpectVersion(user, request.Version);
        await ChangeUser.MayChangeAsync(db, actor, user, records, cancellationToken);

        var roles = await UserParts.RolesAsync(db, request.RoleIds, cancellationToken);
        var before = await db.Roles.Where(r => user.RoleIds.Contains(r.Id)).ToListAsync(cancellationToken);
        Rights.MayGrant(actor, roles.Except(before).Concat(before.Except(roles)), records);
        if (user.Active && before.Exists(r => r.IsAdministrator) && !roles.Exists(r => r.IsAdministrator)) await Rights.KeepAnAdministratorAsync(db, user.Id, cancellationToken);

        var branches = request.BranchIds.Append(request.BranchId).ToList();
        if (request.SeesAllBranches != user.SeesAllBranches || branches.Exists(b => b != user.BranchId && !user.BranchIds.Contains(b)))
            Rights.MayShow(actor, request.SeesAllBranches, branches);
        if (request.BranchId != user.BranchId || request.BranchIds.Exists(b => !user.BranchIds.Contains(b)))
            await UserParts.CheckBranchesAsync(db, request.BranchId, request.BranchIds, cancellationToken);

        Rights.MayReach(actor, request.ProvinceIds.Except(user.ProvinceIds));
        var known = new HashSet<int>(user.ProvinceIds);
        known.UnionWith((await regions.AllAsync(cancellationToken)).Select(p => p.Id));
        if (request.ProvinceIds.Exists(p => !known.Contains(p))) throw new InvalidInput(nameof(request.ProvinceIds), "Choose one of the list.");

        user.ProvinceIds = [.. request.ProvinceIds.Distinct().Order()];
        user.Name = request.Name;
        user.Email = request.Email;
        user.Mobile = PhoneNumber.TryParse(request.Mobile, out var mobile) ? mobile.Value : null;
        user.BranchId = request.BranchId;
        user.BranchIds = UserParts.Others(request.BranchIds, request.BranchId);
        user.SeesAllBranches = request.SeesAllBranches;
        user.RoleIds = [.. roles.Select(r => r.Id).Order()];
        return Unit.Value;
    }
}

/// <summary>What all changes of another user ask first.</summary>
internal static class ChangeUser
{
    public static async Task MayChangeAsync(PlatformDb db, ICurrentUser actor, User user, RecordTypes records, CancellationToken ct) =>
        Rights.MayGrant(actor, await db.Roles.Where(r => user.RoleIds.Contains(r.Id)).ToListAsync(ct), records);
}

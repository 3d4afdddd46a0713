using System.ComponentModel.DataAnnotations;
using Crm.Core;
using Crm.Data;
using Crm.Platform.Access;
using Crm.Platform.Data;
using Crm.Platform.Domain;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Features.AddUser;

[Requires(PlatformPermissions.ManageUsers)]
[Unique("ux_users_user_name", nameof(UserName), "Somebody else has this user name already.")]
internal sealed record AddUserCommand : ICommand<Guid>
{
    [Display(Name = "User name")]
    public string UserName { get; init; } = "";

    [Display(Name = "Name")]
    public string Name { get; init; } = "";

    [Display(Name = "E-mail")]
    public string? Email { get; init; }

    [Display(Name = "Mobile")]
    public string? Mobile { get; init; }

    [Display(Name = "Password")]
    [DataType(DataType.Password)]
    public string? Password { get; init; }

    [Display(Name = "Branch")]
    public Guid BranchId { get; init; } = Branches.HeadOffice;

    [Display(Name = "Further branches")]
    public List<Guid> BranchIds { get; init; } = [];

    [Display(Name = "Sees all branches")]
    public bool SeesAllBranches { get; init; }

    [Display(Name = "Roles")]
    public List<Guid> RoleIds { get; init; } = [];

    [Display(Name = "Language")]
    public string Language { get; init; } = "fa";
}

internal sealed class AddUserValidator : AbstractValidator<AddUserCommand>
{
    public AddUserValidator()
    {
        RuleFor(c => c.UserName).NotEmpty().Length(3, 60).Matches("^[A-Za-z0-9][A-Za-z0-9._@-]*$").WithMessage("A user name has Latin letters, digits and . _ @ - only.");
        RuleFor(c => c.Name).NotEmpty().MaximumLength(120);
        RuleFor(c => c.Email).Must(MailAddress.IsValid).WithMessage("This is not a valid e-mail address.").MaximumLength(200);
        RuleFor(c => c.Mobile).Must(m => PhoneNumber.TryParse(m, out _)).WithMessage("This is not a telephone number.").When(c => !string.IsNullOrEmpty(c.Mobile));
        RuleFor(c => c.Password).NotEmpty().Custom(Passwords.Rule);
        RuleFor(c => c.Language).Must(l => l is "fa" or "en").WithMessage("Choose one of the list.");
        RuleFor(c => c.RoleIds).Must(r => r.Count <= 50).WithMessage("Choose one of the list.");
        RuleFor(c => c.BranchIds).Must(r => r.Count <= 500).WithMessage("Choose one of the list.");
    }
}

internal sealed class AddUserHandler(PlatformDb db, ICurrentUser actor, RecordTypes records, Passwords passwords) : IRequestHandler<AddUserCommand, Guid>
{
    public async Task<Guid> Handle(AddUserCommand request, CancellationToken cancellationToken)
    {
        var roles = await UserParts.RolesAsync(db, request.RoleIds, cancellationToken);
        Rights.MayGrant(actor, roles, records);
        Rights.MayShow(actor, request.SeesAllBranches, request.BranchIds.Append(request.BranchId));
        await UserParts.CheckBranchesAsync(db, request.BranchId, request.BranchIds, cancellationToken);
        var user = new User(request.UserName, request.Name, request.BranchId)
        {
            Email = request.Email,
            Mobile = PhoneNumber.TryParse(request.Mobile, out var mobile) ? mobile.Value : null,
            BranchIds = UserParts.Others(request.BranchIds, request.BranchId),
            SeesAllBranches = request.SeesAllBranches,
            RoleIds = [.. roles.Select(r => r.Id)],
            Language = request.Language,
            Calendar = request.Language == "fa" ? CalendarKind.Jalali : CalendarKind.Gregorian,
        };
        user.SetPassword(await passwords.HashAsync(nameof(request.Password), request.Password, user.UserName, cancellationToken));
        db.Users.Add(user);
        return user.Id;
    }
}

/// <summary>What adding and editing a user have in common.</summary>
internal static class UserParts
{
    public static async Task<List<Role>> RolesAsync(PlatformDb db, List<Guid> ids, CancellationToken ct)
    {
        var wanted = ids.Distinct().ToArray();
        var roles = await db.Roles.Where(r => wanted.Contains(r.Id)).ToListAsync(ct);
        return roles.Count == wanted.Length ? roles : throw new InvalidInput(nameof(AddUserCommand.RoleIds), "Choose one of the list.");
    }

    public static async Task CheckBranchesAsync(PlatformDb db, Guid home, List<Guid> others, CancellationToken ct)
    {
        var wanted = others.Append(home).Distinct().ToArray();
        var known = await db.Branches.Where(b => wanted.Contains(b.Id)).Select(b => new { b.Id, b.Active }).ToListAsync(ct);
        if (known.Count != wanted.Length) throw new InvalidInput(nameof(AddUserCommand.BranchId), "Choose one of the list.");
        if (known.Exists(b => b.Id == home && !b.Active)) throw new InvalidInput(nameof(AddUserCommand.BranchId), "This branch is closed.");
    }

    public static List<Guid> Others(List<Guid> branches, Guid home) => [.. branches.Distinct().Where(b => b != home).Order()];
}

using System.ComponentModel.DataAnnotations;
using Crm.Core;
using Crm.Data;
using Crm.Platform.Access;
using Crm.Platform.Data;
using Crm.Platform.Domain;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Features.EditRole;

/// <summary>Adds a role (no id) or changes one.</summary>
[Requires(PlatformPermissions.ManageRoles)]
[Unique("ux_roles_name", nameof(Name), "There is a role of this name already.")]
internal sealed record SaveRoleCommand : ICommand<Guid>
{
    public Guid? Id { get; init; }

    public uint? Version { get; init; }

    [Display(Name = "Name")]
    public string Name { get; init; } = "";

    [Display(Name = "Description")]
    public string? Description { get; init; }

    [Display(Name = "Rights")]
    public List<string> Permissions { get; init; } = [];
}

internal sealed class SaveRoleValidator : AbstractValidator<SaveRoleCommand>
{
    public SaveRoleValidator()
    {
        RuleFor(c => c.Name).NotEmpty().MaximumLength(80);
        RuleFor(c => c.Description).MaximumLength(300);
        RuleFor(c => c.Permissions).Must(p => p.Count <= 1000).WithMessage("Choose one of the list.");
    }
}

internal sealed class SaveRoleHandler(PlatformDb db, ICurrentUser actor, IEnumerable<IPermissionSource> sources) : IRequestHandler<SaveRoleCommand, Guid>
{
    public async Task<Guid> Handle(SaveRoleCommand request, CancellationToken cancellationToken)
    {
        var role = request.Id is { } id ? await db.Roles.FirstOrDefaultAsync(r => r.Id == id, cancellationToken) ?? throw new NotFound("role", id) : new Role(request.Name);
        if (request.Id is null) db.Roles.Add(role);
        else db.ExpectVersion(role, request.Version);

        role.Name = request.Name;
        role.Description = request.Description;
        // The administrators' role holds every right by itself.
        if (role.IsAdministrator)
        {
            Rights.MayGrant(actor, [role]);
            return role.Id;
        }

        var known = sources.SelectMany(s => s.Permissions).Select(p => p.Key).ToHashSet(StringComparer.Ordinal);
        var wanted = request.Permissions.Distinct().ToList();
        if (wanted.Exists(p => !known.Contains(p))) throw new InvalidInput(nameof(request.Permissions), "Choose one of the list.");
        Rights.MayGrant(actor, wanted.Except(role.Permissions).Concat(role.Permissions.Where(known.Contains).Except(wanted)));
        // Rights of a module that is switched off for now are kept for its return.
        role.Permissions = [.. wanted.Concat(role.Permissions.Where(p => !known.Contains(p))).Order(StringComparer.Ordinal)];
        return role.Id;
    }
}

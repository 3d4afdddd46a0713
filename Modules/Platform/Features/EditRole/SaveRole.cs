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

    /// <summary>By permission how far it reaches; <see cref="Core.Scopes.None"/> takes it away, any other gives it. What is not named reaches as far as the branch.</summary>
    public Dictionary<string, Scopes> Scopes { get; init; } = [];

    /// <summary>By field (<c>contacts.nationalId</c>) what the role does to it.</summary>
    public Dictionary<string, FieldRule> Fields { get; init; } = [];

    /// <summary>The role as it is, as the form starts from it.</summary>
    public static SaveRoleCommand Of(Role role) => new()
    {
        Id = role.Id, Version = role.Version, Name = role.Name, Description = role.Description, Permissions = role.Permissions,
        Scopes = RoleLines.Read<Scopes>(role.Scopes), Fields = RoleLines.Read<FieldRule>(role.Fields),
    };
}

internal sealed class SaveRoleValidator : AbstractValidator<SaveRoleCommand>
{
    public SaveRoleValidator()
    {
        RuleFor(c => c.Name).NotEmpty().MaximumLength(80);
        RuleFor(c => c.Description).MaximumLength(300);
        RuleFor(c => c.Scopes).Must(s => s.Count <= 1000 && s.Values.All(v => v == Scopes.None || Enum.IsDefined(v))).WithMessage("Choose one of the list.");
        RuleFor(c => c.Fields).Must(f => f.Count <= 5000 && f.Values.All(Enum.IsDefined)).WithMessage("Choose one of the list.");
        RuleFor(c => c.Permissions).Must(p => p.Count <= 1000).WithMessage("Choose one of the list.");
    }
}

internal sealed class SaveRoleHandler(PlatformDb db, ICurrentUser actor, IEnumerable<IPermissionSource> sources, RecordTypes records) : IRequestHandler<SaveRoleCommand, Guid>
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
            Rights.MayGrant(actor, [role], records);
            return role.Id;
        }

        var known = sources.SelectMany(s => s.Permissions).Select(p => p.Key).ToHashSet(StringComparer.Ordinal);
        var offered = records.All.SelectMany(r => r.Permissions.Values.Select(p => (Permission: p, r.Offered))).GroupBy(o => o.Permission).ToDictionary(g => g.Key, g => g.Aggregate(Scopes.None, (sum, o) => sum | o.Offered), StringComparer.Ordinal);
        if (request.Scopes.Any(s => s.Value != Scopes.None && !(offered.TryGetValue(s.Key, out var may) && may.HasFlag(s.Value)))) throw new InvalidInput(nameof(request.Scopes), "Choose one of the list.");
        var fields = records.All.SelectMany(r => r.Fields.Select(f => (Name: $"{r.Key}.{f.Name}", f.Hideable))).ToDictionary(f => f.Name, f => f.Hideable, StringComparer.Ordinal);
        if (request.Fields.Any(f => f.Value != FieldRule.Open && !(fields.TryGetValue(f.Key, out var hideable) && (hideable || f.Value != FieldRule.Hidden)))) throw new InvalidInput(nameof(request.Fields), "Choose one of the list.");
        var wanted = request.Permissions.Where(p => !request.Scopes.TryGetValue(p, out var s) || s != Scopes.None).Concat(request.Scopes.Where(s => s.Value != Scopes.None).Select(s => s.Key)).Distinct().ToList();
        if (wanted.Exists(p => !known.Contains(p))) throw new InvalidInput(nameof(request.Permissions), "Choose one of the list.");

        // Rights of a module that is switched off for now are kept for its return.
        List<string> permissions = [.. wanted.Concat(role.Permissions.Where(p => !known.Contains(p))).Order(StringComparer.Ordinal)];
        var scopes = RoleLines.Write(request.Scopes.Where(s => s.Value is not (Scopes.None or Scopes.Branch)).Concat(RoleLines.Read<Scopes>(role.Scopes).Where(s => !offered.ContainsKey(s.Key))));
        var rules = RoleLines.Write(request.Fields.Where(f => f.Value != FieldRule.Open).Concat(RoleLines.Read<FieldRule>(role.Fields).Where(f => !fields.ContainsKey(f.Key))));
        if (permissions.SequenceEqual(role.Permissions) && scopes.SequenceEqual(role.Scopes) && rules.SequenceEqual(role.Fields)) return role.Id;
        if (!actor.IsSystem && actor.Access is not { IsAdministrator: true }) throw new RuleBroken("rights.only-administrators", "Only administrators change the rights of roles.");
        role.Permissions = permissions;
        role.Scopes = scopes;
        role.Fields = rules;
        return role.Id;
    }
}

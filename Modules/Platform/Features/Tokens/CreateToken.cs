using System.ComponentModel.DataAnnotations;
using Crm.Core;
using Crm.Platform.Data;
using Crm.Platform.Domain;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Features.Tokens;

/// <summary>Makes an API token for oneself; the command line makes one for anybody.</summary>
[SignedIn]
internal sealed record CreateTokenCommand : ICommand<string>
{
    [Display(Name = "Label")]
    public string Label { get; init; } = "";

    /// <summary>Null for one that does not expire.</summary>
    [Display(Name = "Valid for (days)")]
    public int? Days { get; init; } = 365;

    /// <summary>Only the system may name somebody else than itself.</summary>
    public Guid? ForUserId { get; init; }

    /// <summary>When not empty, the token may do only this.</summary>
    [Display(Name = "Only these rights")]
    public List<string> Permissions { get; init; } = [];
}

internal sealed class CreateTokenValidator : AbstractValidator<CreateTokenCommand>
{
    public CreateTokenValidator()
    {
        RuleFor(c => c.Label).NotEmpty().MaximumLength(80);
        RuleFor(c => c.Days).InclusiveBetween(1, 3650).When(c => c.Days is not null);
        RuleFor(c => c.Permissions).Must(p => p.Count <= 500).WithMessage("Choose one of the list.");
    }
}

internal sealed class CreateTokenHandler(PlatformDb db, ICurrentUser me, TimeProvider time, IEnumerable<IPermissionSource> permissions) : IRequestHandler<CreateTokenCommand, string>
{
    public async Task<string> Handle(CreateTokenCommand request, CancellationToken cancellationToken)
    {
        var userId = me.IsSystem ? request.ForUserId : me.Id;
        if (userId is not { } id || !await db.Users.AnyAsync(u => u.Id == id && u.Active, cancellationToken)) throw new NotFound("user", userId);
        var known = permissions.SelectMany(p => p.Permissions).Select(p => p.Key).ToHashSet(StringComparer.Ordinal);
        if (request.Permissions.Exists(p => !known.Contains(p))) throw new InvalidInput(nameof(request.Permissions), "Choose one of the list.");
        var (record, token) = ApiToken.Make(id, request.Label, request.Days is { } days ? time.GetUtcNow().AddDays(days) : null, request.Permissions.Count == 0 ? null : request.Permissions);
        db.ApiTokens.Add(record);
        return token;
    }
}

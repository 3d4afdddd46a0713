using System.ComponentModel.DataAnnotations;
using Crm.Core;
using Crm.Data;
using Crm.Platform.Data;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Features.Account;

/// <summary>How a user wants to see things. What is null stays as it is.</summary>
[SignedIn]
internal sealed record SaveProfileCommand : ICommand
{
    [Display(Name = "Language")]
    public string? Language { get; init; }

    [Display(Name = "Calendar")]
    public CalendarKind? Calendar { get; init; }

    [Display(Name = "Time zone")]
    public string? TimeZone { get; init; }

    [Display(Name = "Colours")]
    public string? Theme { get; init; }
}

internal sealed class SaveProfileValidator : AbstractValidator<SaveProfileCommand>
{
    public SaveProfileValidator()
    {
        RuleFor(c => c.Language).Must(l => l is null or "fa" or "en").WithMessage("Choose one of the list.");
        RuleFor(c => c.Calendar).IsInEnum();
        RuleFor(c => c.TimeZone).Must(z => z is null || (z.Length <= 60 && TimeZoneInfo.TryFindSystemTimeZoneById(z, out _))).WithMessage("Choose one of the list.");
        RuleFor(c => c.Theme).Must(t => t is null or "light" or "dark" or "auto").WithMessage("Choose one of the list.");
    }
}

internal sealed class SaveProfileHandler(PlatformDb db, ICurrentUser me) : IRequestHandler<SaveProfileCommand, Unit>
{
    public async Task<Unit> Handle(SaveProfileCommand request, CancellationToken cancellationToken)
    {
        var user = await db.Users.IgnoreQueryFilters([Filters.Branch]).FirstAsync(u => u.Id == me.Id, cancellationToken);
        user.Language = request.Language ?? user.Language;
        user.Calendar = request.Calendar ?? user.Calendar;
        user.TimeZone = request.TimeZone ?? user.TimeZone;
        user.Theme = request.Theme ?? user.Theme;
        return Unit.Value;
    }
}

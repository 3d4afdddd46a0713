using System.ComponentModel.DataAnnotations;
using Crm.Core;
using Crm.Data;
using Crm.Platform.Data;
using Crm.Platform.Domain;
using Crm.Platform.Working;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Features.WorkingTime;

/// <summary>Adds a holiday (no hours), a half day or a worked Friday; a day that stands there already is changed.</summary>
[Requires(PlatformPermissions.ManageSettings)]
[Unique("ux_special_days_day", nameof(Day), "This day stands in the list already.")]
internal sealed record SaveSpecialDayCommand : ICommand
{
    [Display(Name = "Day")]
    public DateOnly? Day { get; init; }

    [Display(Name = "Occasion")]
    public string Title { get; init; } = "";

    [Display(Name = "Working hours on this day")]
    public string? Hours { get; init; }
}

internal sealed class SaveSpecialDayValidator : AbstractValidator<SaveSpecialDayCommand>
{
    public SaveSpecialDayValidator()
    {
        RuleFor(c => c.Day).NotEmpty();
        RuleFor(c => c.Title).NotEmpty().MaximumLength(120);
        RuleFor(c => c.Hours).Must(h => DayHours.Parse(h) is not null).WithMessage("Write hours like 08:00-12:00, 13:00-17:00; leave a day off empty.");
    }
}

internal sealed class SaveSpecialDayHandler(PlatformDb db) : IRequestHandler<SaveSpecialDayCommand, Unit>
{
    public async Task<Unit> Handle(SaveSpecialDayCommand request, CancellationToken cancellationToken)
    {
        var hours = DayHours.Parse(request.Hours)!.ToString();
        var day = await db.SpecialDays.FirstOrDefaultAsync(d => d.Day == request.Day, cancellationToken);
        if (day is null)
        {
            db.SpecialDays.Add(new SpecialDay(request.Day!.Value, request.Title, hours));
        }
        else
        {
            day.Title = request.Title;
            day.Hours = hours;
        }

        return Unit.Value;
    }
}

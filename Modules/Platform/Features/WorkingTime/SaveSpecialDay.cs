using System.ComponentModel.DataAnnotations;
using Crm.Core;
using Crm.Data;
using Crm.Platform.Contracts;
using Crm.Platform.Data;
using Crm.Platform.Domain;
using Crm.Platform.Working;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Features.WorkingTime;

/// <summary>Adds a holiday (no hours), a half day or a worked Friday; a day that stands there already is changed.</summary>
[Requires(PlatformPermissions.ManageSettings)]
[Unique("ux_special_days_day_branch_id_province_id", nameof(Day), "This day stands in the list already.")]
internal sealed record SaveSpecialDayCommand : ICommand
{
    [Display(Name = "Day")]
    public DateOnly? Day { get; init; }

    /// <summary>Everywhere when empty; see <see cref="Place"/>.</summary>
    [Display(Name = "Where")]
    public string? Place { get; init; }

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

internal sealed class SaveSpecialDayHandler(PlatformDb db, WorkPlaces places, IEventSink events) : IRequestHandler<SaveSpecialDayCommand, Unit>
{
    public async Task<Unit> Handle(SaveSpecialDayCommand request, CancellationToken cancellationToken)
    {
        var hours = DayHours.Parse(request.Hours)!.ToString();
        var place = await places.FindAsync(request.Place, nameof(request.Place), cancellationToken);
        var day = await db.SpecialDays.FirstOrDefaultAsync(d => d.Day == request.Day && d.BranchId == place.BranchId && d.ProvinceId == place.ProvinceId, cancellationToken);
        if (day is null)
        {
            db.SpecialDays.Add(new SpecialDay(request.Day!.Value, request.Title, hours, place.BranchId, place.ProvinceId));
        }
        else
        {
            day.Title = request.Title;
            day.Hours = hours;
        }

        events.Tell(new WorkingTimeChanged(request.Day!.Value, hours.Length == 0 ? "day off: {0}" : "other hours on a day: {0}", request.Title));
        return Unit.Value;
    }
}

using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Platform.Data;
using Crm.Platform.Data.Seeds;
using Crm.Platform.Domain;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Features.WorkingTime;

/// <summary>Enters the official holidays of the solar calendar of a year, as far as they do not stand there yet. Those of the lunar calendar follow the sight of the moon and are entered when they are announced.</summary>
[Requires(PlatformPermissions.ManageSettings)]
internal sealed record AddOfficialHolidaysCommand(int JalaliYear) : ICommand<int>;

internal sealed class AddOfficialHolidaysValidator : AbstractValidator<AddOfficialHolidaysCommand>
{
    public AddOfficialHolidaysValidator() => RuleFor(c => c.JalaliYear).InclusiveBetween(1390, 1490);
}

internal sealed class AddOfficialHolidaysHandler(PlatformDb db, IEventSink events) : IRequestHandler<AddOfficialHolidaysCommand, int>
{
    public async Task<int> Handle(AddOfficialHolidaysCommand request, CancellationToken cancellationToken)
    {
        var days = CalendarOfIran.SolarOf(request.JalaliYear);
        var (first, last) = (days[0].Day, days[^1].Day);
        var known = (await db.SpecialDays.Where(d => d.BranchId == null && d.ProvinceId == null && d.Day >= first && d.Day <= last).Select(d => d.Day).ToListAsync(cancellationToken)).ToHashSet();
        var added = 0;
        foreach (var (day, title) in days.Where(d => !known.Contains(d.Day)))
        {
            db.SpecialDays.Add(new SpecialDay(day, title, ""));
            added++;
        }

        if (added > 0) events.Tell(new WorkingTimeChanged(first, "official holidays of the year", ""));
        return added;
    }
}

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

/// <summary>Sets the hours of every weekday from a day on; hours of days before stay, so nothing that was reckoned changes.</summary>
[Requires(PlatformPermissions.ManageSettings)]
internal sealed record SaveWorkWeekCommand : ICommand
{
    public DateOnly From { get; init; }

    /// <summary>Everywhere when empty; see <see cref="Place"/>.</summary>
    public string? Place { get; init; }

    public string? Sunday { get; init; }

    public string? Monday { get; init; }

    public string? Tuesday { get; init; }

    public string? Wednesday { get; init; }

    public string? Thursday { get; init; }

    public string? Friday { get; init; }

    public string? Saturday { get; init; }

    public uint? Version { get; init; }

    internal IReadOnlyList<(string Field, string? Hours)> Days =>
        [(nameof(Sunday), Sunday), (nameof(Monday), Monday), (nameof(Tuesday), Tuesday), (nameof(Wednesday), Wednesday), (nameof(Thursday), Thursday), (nameof(Friday), Friday), (nameof(Saturday), Saturday)];
}

internal sealed class SaveWorkWeekValidator : AbstractValidator<SaveWorkWeekCommand>
{
    private const string Message = "Write hours like 08:00-12:00, 13:00-17:00; leave a day off empty.";

    public SaveWorkWeekValidator()
    {
        RuleFor(c => c.From).NotEmpty();
        RuleFor(c => c.Sunday).Must(IsHours).WithMessage(Message);
        RuleFor(c => c.Monday).Must(IsHours).WithMessage(Message);
        RuleFor(c => c.Tuesday).Must(IsHours).WithMessage(Message);
        RuleFor(c => c.Wednesday).Must(IsHours).WithMessage(Message);
        RuleFor(c => c.Thursday).Must(IsHours).WithMessage(Message);
        RuleFor(c => c.Friday).Must(IsHours).WithMessage(Message);
        RuleFor(c => c.Saturday).Must(IsHours).WithMessage(Message);
        RuleFor(c => c).Must(c => c.Days.Any(d => DayHours.Parse(d.Hours) is not { Minutes: 0 })).WithName("Saturday").WithMessage("At least one day of the week must have working hours.");
    }

    private static bool IsHours(string? text) => DayHours.Parse(text) is not null;
}

internal sealed class SaveWorkWeekHandler(PlatformDb db, WorkPlaces places, IEventSink events) : IRequestHandler<SaveWorkWeekCommand, Unit>
{
    public async Task<Unit> Handle(SaveWorkWeekCommand request, CancellationToken cancellationToken)
    {
        var place = await places.FindAsync(request.Place, nameof(request.Place), cancellationToken);
        var week = await db.WorkWeeks.FirstOrDefaultAsync(w => w.From == request.From && w.BranchId == place.BranchId && w.ProvinceId == place.ProvinceId, cancellationToken);
        if (week is null) db.WorkWeeks.Add(week = new WorkWeek(request.From, place.BranchId, place.ProvinceId));
        else db.ExpectVersion(week, request.Version);
        week.Days = [.. request.Days.Select(d => DayHours.Parse(d.Hours)!.ToString())];
        events.Tell(new WorkingTimeChanged(request.From, "the working hours were changed", ""));
        return Unit.Value;
    }
}

/// <summary>Takes hours away: a branch or province goes by the wider ones again. The company's first hours stay, or nobody would know any.</summary>
[Requires(PlatformPermissions.ManageSettings)]
internal sealed record DeleteWorkWeekCommand(Guid Id) : ICommand;

internal sealed class DeleteWorkWeekValidator : AbstractValidator<DeleteWorkWeekCommand>
{
    public DeleteWorkWeekValidator() => RuleFor(c => c.Id).NotEmpty();
}

internal sealed class DeleteWorkWeekHandler(PlatformDb db, IEventSink events) : IRequestHandler<DeleteWorkWeekCommand, Unit>
{
    public async Task<Unit> Handle(DeleteWorkWeekCommand request, CancellationToken cancellationToken)
    {
        var week = await db.WorkWeeks.FirstOrDefaultAsync(w => w.Id == request.Id, cancellationToken) ?? throw new NotFound("hours", request.Id);
        if (week is { BranchId: null, ProvinceId: null } && !await db.WorkWeeks.AnyAsync(w => w.BranchId == null && w.ProvinceId == null && w.Id != week.Id, cancellationToken))
            throw new RuleBroken("working-time.last", "These are the only hours of the company. Change them instead.");
        db.WorkWeeks.Remove(week);
        events.Tell(new WorkingTimeChanged(week.From, "the working hours were changed", ""));
        return Unit.Value;
    }
}

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

/// <summary>Enters a closure by decree: whole days or hours, everywhere, in a province or in a branch. Whatever was reckoned by the working time is reckoned again.</summary>
[Requires(PlatformPermissions.ManageSettings)]
internal sealed record AddClosureCommand : ICommand<Guid>
{
    [Display(Name = "From")]
    public DateOnly? From { get; init; }

    [Display(Name = "Until")]
    public DateOnly? Until { get; init; }

    [Display(Name = "From hour")]
    public TimeOnly? FromTime { get; init; }

    [Display(Name = "Until hour")]
    public TimeOnly? UntilTime { get; init; }

    [Display(Name = "Occasion")]
    public string Title { get; init; } = "";

    [Display(Name = "Decree")]
    public string? Decree { get; init; }

    /// <summary>Everywhere when empty; see <see cref="Working.Place"/>.</summary>
    [Display(Name = "Where")]
    public string? Place { get; init; }

    /// <summary>When and where, in one word: whoever agreed to one closure did not agree to another.</summary>
    internal string Span => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{From:yyyyMMdd}/{Until:yyyyMMdd}/{FromTime:HHmm}/{UntilTime:HHmm}/{Place}");

    internal Closure Of(Place place) => new(From!.Value, Until ?? From.Value, Title) { FromTime = FromTime, UntilTime = UntilTime, Decree = Decree, BranchId = place.BranchId, ProvinceId = place.ProvinceId };
}

internal sealed class AddClosureValidator : AbstractValidator<AddClosureCommand>
{
    public AddClosureValidator()
    {
        RuleFor(c => c.From).NotEmpty();
        RuleFor(c => c.Until).Must((c, until) => until is null || c.From is null || until >= c.From).WithMessage("This can't be before the first day.")
            .Must((c, until) => until is null || c.From is null || until.Value.DayNumber - c.From.Value.DayNumber <= 366).WithMessage("At most a year.");
        RuleFor(c => c.UntilTime).Must((c, until) => until is null || until > (c.FromTime ?? TimeOnly.MinValue)).WithMessage("This can't be before the first hour.");
        RuleFor(c => c.Title).NotEmpty().MaximumLength(120);
        RuleFor(c => c.Decree).MaximumLength(200);
    }
}

internal sealed class AddClosureHandler(PlatformDb db, WorkPlaces places, IEventSink events) : IRequestHandler<AddClosureCommand, Guid>
{
    public async Task<Guid> Handle(AddClosureCommand request, CancellationToken cancellationToken)
    {
        var closure = request.Of(await places.FindAsync(request.Place, nameof(request.Place), cancellationToken));
        db.Closures.Add(closure);
        events.Tell(new WorkingTimeChanged(closure.From, "closed by decree: {0}", closure.Title));
        return closure.Id;
    }
}

/// <summary>Says what a closure would move, and enters nothing.</summary>
[Requires(PlatformPermissions.ManageSettings)]
internal sealed record WeighClosureCommand(AddClosureCommand Closure) : ICommand<IReadOnlyList<WouldMove>>;

internal sealed class WeighClosureValidator : AbstractValidator<WeighClosureCommand>
{
    public WeighClosureValidator() => RuleFor(c => c.Closure).SetValidator(new AddClosureValidator());
}

internal sealed class WeighClosureHandler(WorkPlaces places, WorkCalendars calendars, IEnumerable<IReckonedMoments> moments) : IRequestHandler<WeighClosureCommand, IReadOnlyList<WouldMove>>
{
    public async Task<IReadOnlyList<WouldMove>> Handle(WeighClosureCommand request, CancellationToken cancellationToken)
    {
        var closure = request.Closure.Of(await places.FindAsync(request.Closure.Place, $"{nameof(request.Closure)}.{nameof(request.Closure.Place)}", cancellationToken));
        var then = new SupposedTime(await calendars.WithAsync(closure, cancellationToken));
        var all = new List<WouldMove>();
        foreach (var kept in moments)
        {
            if (await kept.WouldMoveAsync(closure.From, then, cancellationToken) is { Counts.Count: > 0 } some) all.Add(some);
        }

        return all;
    }
}

/// <summary>Takes a closure back: the hours count again, and moments that moved with it move back.</summary>
[Requires(PlatformPermissions.ManageSettings)]
internal sealed record TakeBackClosureCommand(Guid Id) : ICommand;

internal sealed class TakeBackClosureValidator : AbstractValidator<TakeBackClosureCommand>
{
    public TakeBackClosureValidator() => RuleFor(c => c.Id).NotEmpty();
}

internal sealed class TakeBackClosureHandler(PlatformDb db, ICurrentUser me, IEventSink events, TimeProvider time) : IRequestHandler<TakeBackClosureCommand, Unit>
{
    public async Task<Unit> Handle(TakeBackClosureCommand request, CancellationToken cancellationToken)
    {
        var closure = await db.Closures.FirstOrDefaultAsync(c => c.Id == request.Id, cancellationToken) ?? throw new NotFound("closure", request.Id);
        closure.TakeBack(time.GetUtcNow(), me.Id);
        events.Tell(new WorkingTimeChanged(closure.From, "the closure “{0}” was taken back", closure.Title));
        return Unit.Value;
    }
}

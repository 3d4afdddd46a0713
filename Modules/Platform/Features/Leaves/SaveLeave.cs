using System.ComponentModel.DataAnnotations;
using Crm.Core;
using Crm.Data;
using Crm.Platform.Contracts;
using Crm.Platform.Data;
using Crm.Platform.Domain;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Features.Leaves;

/// <summary>Says that somebody is away and who does his work meanwhile: one's own leave, or, with the right to draw the chart, anybody's.</summary>
[SignedIn]
internal sealed record SaveLeaveCommand : ICommand<Guid>
{
    public Guid? Id { get; init; }

    public uint? Version { get; init; }

    /// <summary>Null for the user himself.</summary>
    [Display(Name = "Who is away")]
    public Guid? UserId { get; init; }

    [Display(Name = "From")]
    public DateOnly? From { get; init; }

    [Display(Name = "Until")]
    public DateOnly? Until { get; init; }

    [Display(Name = "Deputy")]
    public Guid? DeputyId { get; init; }

    [Display(Name = "For which post")]
    public Guid? PostId { get; init; }

    [Display(Name = "Note")]
    public string? Note { get; init; }
}

internal sealed class SaveLeaveValidator : AbstractValidator<SaveLeaveCommand>
{
    public SaveLeaveValidator()
    {
        RuleFor(c => c.From).NotEmpty();
        RuleFor(c => c.Until).NotEmpty().Must((c, until) => until is null || c.From is null || until >= c.From).WithMessage("This can't be before the first day.");
        RuleFor(c => c.DeputyId).NotEmpty();
        RuleFor(c => c.Note).MaximumLength(500);
    }
}

internal sealed class SaveLeaveHandler(PlatformDb db, ICurrentUser me, IUserDirectory users, INotifier notifier) : IRequestHandler<SaveLeaveCommand, Guid>
{
    public async Task<Guid> Handle(SaveLeaveCommand request, CancellationToken cancellationToken)
    {
        var leave = request.Id is { } id ? await db.Leaves.FirstOrDefaultAsync(l => l.Id == id, cancellationToken) ?? throw new NotFound("leave", id) : null;
        var who = leave?.UserId ?? request.UserId ?? me.Id ?? throw new InvalidInput(nameof(request.UserId), "Choose one of the list.");
        if (who != me.Id && !me.Can(PlatformPermissions.ManageUnits)) throw new Forbidden(PlatformPermissions.ManageUnits);
        var (from, until, deputy) = (request.From!.Value, request.Until!.Value, request.DeputyId!.Value);
        var cards = await users.CardsAsync([who, deputy], cancellationToken);
        if (!cards.ContainsKey(who)) throw new InvalidInput(nameof(request.UserId), "Choose one of the list.");
        if (!cards.TryGetValue(deputy, out var stand) || !stand.Active) throw new InvalidInput(nameof(request.DeputyId), "Choose one of the list.");
        if (deputy == who) throw new InvalidInput(nameof(request.DeputyId), "Nobody can stand in for himself.");
        if (request.PostId is { } post && !await db.PostHolders.AnyAsync(h => h.PostId == post && h.UserId == who && h.From <= until && (h.Until == null || h.Until >= from), cancellationToken))
            throw new InvalidInput(nameof(request.PostId), "This post is not held in that time.");
        if (await db.Leaves.AnyAsync(l => l.UserId == who && l.PostId == request.PostId && l.From <= until && l.Until >= from && (leave == null || l.Id != leave.Id), cancellationToken))
            throw new InvalidInput(nameof(request.From), "There is a leave in that time already.");
        if (leave is null) db.Leaves.Add(leave = new Leave(who));
        else db.ExpectVersion(leave, request.Version);
        var isNew = leave.DeputyId != deputy || leave.From != from || leave.Until != until;
        (leave.From, leave.Until, leave.DeputyId, leave.PostId, leave.Note) = (from, until, deputy, request.PostId, request.Note);
        if (isNew && deputy != me.Id) notifier.Notify([deputy], "You stand in for {0}; what waits for them is in your worklist meanwhile", [cards[who].Name], "/leave");
        return leave.Id;
    }
}

/// <summary>Takes a leave back.</summary>
[SignedIn]
internal sealed record DeleteLeaveCommand(Guid Id) : ICommand;

internal sealed class DeleteLeaveValidator : AbstractValidator<DeleteLeaveCommand>
{
    public DeleteLeaveValidator() => RuleFor(c => c.Id).NotEmpty();
}

internal sealed class DeleteLeaveHandler(PlatformDb db, ICurrentUser me) : IRequestHandler<DeleteLeaveCommand, Unit>
{
    public async Task<Unit> Handle(DeleteLeaveCommand request, CancellationToken cancellationToken)
    {
        var leave = await db.Leaves.FirstOrDefaultAsync(l => l.Id == request.Id, cancellationToken) ?? throw new NotFound("leave", request.Id);
        if (leave.UserId != me.Id && !me.Can(PlatformPermissions.ManageUnits)) throw new Forbidden(PlatformPermissions.ManageUnits);
        db.Leaves.Remove(leave);
        return Unit.Value;
    }
}

using System.Text.Json.Nodes;
using Crm.Core;
using Crm.Data;
using Crm.Platform.Contracts;
using Crm.Routines.Activities;
using Crm.Routines.Data;
using Crm.Routines.Domain;
using Crm.Routines.Features.Forms;
using Crm.Routines.Features.JobTrace;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Routines.Features.DoStage;

[Requires(RoutinesPermissions.Work)]
internal sealed record FinishStageCommand : ICommand
{
    public Guid StageId { get; set; }

    public string Outcome { get; set; } = "";

    /// <summary>What was typed, by field.</summary>
    public Dictionary<string, string[]> Answers { get; set; } = [];

    public string? Note { get; set; }

    /// <summary>The communication it was done in; it stands in the job's history.</summary>
    public Guid? CommunicationId { get; set; }
}

internal sealed class FinishStageValidator : AbstractValidator<FinishStageCommand>
{
    public FinishStageValidator()
    {
        RuleFor(c => c.StageId).NotEmpty();
        RuleFor(c => c.Outcome).NotEmpty().MaximumLength(200);
        RuleFor(c => c.Note).MaximumLength(4000);
    }
}

internal sealed class FinishStageHandler(RoutinesDb db, StageAccess access, StageFinisher finisher, MyStandIn standIns, StageForms forms, IFormSheets sheets, IFileStore files, ICurrentUser user, TimeProvider time) : IRequestHandler<FinishStageCommand, Unit>
{
    public async Task<Unit> Handle(FinishStageCommand command, CancellationToken cancellationToken)
    {
        var (stage, job) = await access.LoadAsync(command.StageId, cancellationToken);
        var standIn = await standIns.GetAsync(cancellationToken);
        if (!stage.MayEnd(user, job.StartedBy, standIn)) throw new Forbidden(RoutinesPermissions.SeeAllJobs);
        if (stage.Status == StageStatus.Open)
        {
            if (job.Paused) throw new RuleBroken("job.paused", "This job is suspended; it has to be resumed first.");
            if (stage.IsApproval)
            {
                await VoteAsync(command, stage, standIn, cancellationToken);
                return Unit.Value;
            }

            if (stage.ChoosePerson) throw new RuleBroken("stage.choose", "Choose first who does this stage.");
            var sheet = await forms.OfStageAsync(stage, job, cancellationToken);
            var laid = sheet.Fields.Any(f => f.Kind is FieldKind.Files or FieldKind.Picture or FieldKind.Signature) ? (await files.OfAsync(StageFiles.Owner, [stage.Id], cancellationToken))[stage.Id].ToDictionary(f => f.Id) : [];
            var found = new FormProblems();
            var answers = sheet.Read(command.Answers, id => laid.TryGetValue(id, out var file) ? new CustomFile(file.Id, file.Size, file.Name) : null, found);
            await sheets.CheckLinksAsync(sheet, answers, found, cancellationToken);
            var problems = found.All;
            var there = await db.Set<StageFile>().Where(f => f.StageItemId == stage.Id).Select(f => f.Asked).ToListAsync(cancellationToken);
            foreach (var asked in stage.Setup.Files.Except(there)) problems.Add(("Files", "The file “{0}” is missing.", [asked]));
            if (problems.Count > 0) throw new InvalidInput([.. problems.Select(p => (p.Field == "Files" ? p.Field : $"Answers[{p.Field}]", p.Message, p.Args))]);
            stage.AskForFields(StageForms.Changes(sheet, answers));
            finisher.Finish(stage, command.Outcome, answers, PersianText.Clean(command.Note, multiline: true), user.Id, communication: command.CommunicationId, doneFor: user.Id is { } me ? stage.IsFor(me, standIn) : null);
            db.RemoveRange(await db.Set<StageAlarm>().Where(a => a.StageItemId == stage.Id).ToListAsync(cancellationToken));
            return Unit.Value;
        }

        // Says by itself what became of it.
        stage.Finish(command.Outcome, [], null, user.Id, default);
        return Unit.Value;
    }

    private async Task VoteAsync(FinishStageCommand command, StageItem stage, StandIn standIn, CancellationToken ct)
    {
        if (!stage.Setup.Outcomes.Contains(command.Outcome)) throw new InvalidInput(nameof(command.Outcome), "This stage has no outcome “{0}”.", command.Outcome);
        var agrees = command.Outcome == Approve.Approved.Name;
        var note = PersianText.Clean(command.Note, multiline: true);
        if (!agrees && string.IsNullOrWhiteSpace(note)) throw new InvalidInput(nameof(command.Note), "Say why you refuse.");
        // One's own word first; then that of whoever one stands in for; with the right to do the stages of others, that of the first who is awaited.
        var me = user.Id ?? stage.UserIds.FirstOrDefault();
        var whose = stage.UserIds.Contains(me) ? me : standIn.Of(stage.UserIds, stage.PostId).Append(stage.UserIds.Length > 0 && stage.RoleIds.Length == 0 ? stage.UserIds[0] : me).First();
        if (stage.Vote(whose, me, agrees, note, time.GetUtcNow()) is not { } decided) return;
        finisher.Finish(stage, decided, [], note, user.Id, communication: command.CommunicationId, doneFor: whose == me ? null : whose);
        db.RemoveRange(await db.Set<StageAlarm>().Where(a => a.StageItemId == stage.Id).ToListAsync(ct));
    }
}

[Requires(RoutinesPermissions.Work)]
internal sealed record TakeStageCommand(Guid StageId) : ICommand;

internal sealed class TakeStageValidator : AbstractValidator<TakeStageCommand>
{
    public TakeStageValidator() => RuleFor(c => c.StageId).NotEmpty();
}

internal sealed class TakeStageHandler(RoutinesDb db, StageAccess stages, MyStandIn standIns, ICurrentUser user, TimeProvider time) : IRequestHandler<TakeStageCommand, Unit>
{
    public async Task<Unit> Handle(TakeStageCommand command, CancellationToken cancellationToken)
    {
        var (stage, _) = await stages.LoadAsync(command.StageId, cancellationToken);
        if (user.Access is not { } access || !(stage.IsWorkOf(access, await standIns.GetAsync(cancellationToken)) || access.Can(RoutinesPermissions.SeeAllJobs))) throw new Forbidden(RoutinesPermissions.SeeAllJobs);
        stage.Take(access.Id);
        db.Add(new StageEvent { StageItemId = stage.Id, At = time.GetUtcNow(), By = access.Id, Kind = StageEventKind.Taken, UserIds = [access.Id] });
        return Unit.Value;
    }
}

[Requires(RoutinesPermissions.Work)]
internal sealed record HandOverStageCommand : ICommand
{
    public Guid StageId { get; set; }

    public Guid UserId { get; set; }

    public string? Why { get; set; }
}

internal sealed class HandOverStageValidator : AbstractValidator<HandOverStageCommand>
{
    public HandOverStageValidator()
    {
        RuleFor(c => c.StageId).NotEmpty();
        RuleFor(c => c.UserId).NotEmpty();
        RuleFor(c => c.Why).MaximumLength(500);
    }
}

internal sealed class HandOverStageHandler(RoutinesDb db, StageAccess stages, MyStandIn standIns, ICurrentUser user, IUserDirectory users, INotifier notifier, TimeProvider time) : IRequestHandler<HandOverStageCommand, Unit>
{
    public async Task<Unit> Handle(HandOverStageCommand command, CancellationToken cancellationToken)
    {
        var (stage, job) = await stages.LoadAsync(command.StageId, cancellationToken);
        if (user.Access is { } access && !stage.IsWorkOf(access, await standIns.GetAsync(cancellationToken)) && !access.Can(RoutinesPermissions.SeeAllJobs)) throw new Forbidden(RoutinesPermissions.SeeAllJobs);
        if (!(await users.CardsAsync([command.UserId], cancellationToken)).TryGetValue(command.UserId, out var card) || !card.Active) throw new InvalidInput(nameof(command.UserId), "This user is not there any more.");
        if (stage.ChoosePerson && stage.Setup.ChooseFrom is { Count: > 0 } from && !from.Contains(command.UserId)) throw new InvalidInput(nameof(command.UserId), "This stage is not for {0}.", card.Name);
        stage.HandOver(command.UserId);
        db.Add(new StageEvent { StageItemId = stage.Id, At = time.GetUtcNow(), By = user.Id, Kind = StageEventKind.HandedOver, UserIds = [command.UserId], Why = PersianText.Clean(command.Why) });
        notifier.Notify([command.UserId], "{0} handed a stage over to you: {1}", [user.Name, $"{stage.Title} – {job.Title}" + (string.IsNullOrWhiteSpace(command.Why) ? "" : $" ({command.Why.Trim()})")], $"/jobs/stages/{stage.Id}");
        return Unit.Value;
    }
}

/// <summary>Gives an open stage to one or several people, whoever has it or nobody: by hand, by somebody with the right.</summary>
[Requires(RoutinesPermissions.Steer)]
internal sealed record AssignStageCommand : ICommand
{
    public Guid StageId { get; set; }

    public List<Guid> UserIds { get; set; } = [];

    public string? Why { get; set; }
}

internal sealed class AssignStageValidator : AbstractValidator<AssignStageCommand>
{
    public AssignStageValidator()
    {
        RuleFor(c => c.StageId).NotEmpty();
        RuleFor(c => c.UserIds).NotEmpty().Must(u => u is null || u.Count <= 20).WithMessage("Choose one to twenty people.");
        RuleFor(c => c.Why).MaximumLength(500);
    }
}

internal sealed class AssignStageHandler(RoutinesDb db, StageAccess stages, ICurrentUser user, IUserDirectory users, StagePeople people, INotifier notifier, TimeProvider time) : IRequestHandler<AssignStageCommand, Unit>
{
    public async Task<Unit> Handle(AssignStageCommand command, CancellationToken cancellationToken)
    {
        var (stage, job) = await stages.LoadAsync(command.StageId, cancellationToken);
        var cards = await users.CardsAsync(command.UserIds, cancellationToken);
        if (command.UserIds.Any(u => !cards.TryGetValue(u, out var card) || !card.Active)) throw new InvalidInput(nameof(command.UserIds), "This user is not there any more.");
        if (stage.ChoosePerson && stage.Setup.ChooseFrom is { Count: > 0 } from && command.UserIds.Find(u => !from.Contains(u)) is var stranger && stranger != Guid.Empty)
            throw new InvalidInput(nameof(command.UserIds), "This stage is not for {0}.", cards[stranger].Name);
        var had = stage.UserIds;
        stage.Assign(command.UserIds);
        var now = time.GetUtcNow();
        db.Add(new StageEvent { StageItemId = stage.Id, At = now, By = user.Id, Kind = StageEventKind.Given, UserIds = stage.UserIds, Why = PersianText.Clean(command.Why) });
        notifier.Notify((await people.OfAsync(stage, now, cancellationToken)).Except(had), "A stage waits for you: {0}", [$"{stage.Title} – {job.Title}"], $"/jobs/stages/{stage.Id}");
        return Unit.Value;
    }
}

/// <summary>Finds a stage for whoever sees its job, or has to do the stage: a deputy does it for another whose jobs he may not see otherwise. The wall of the branches stands.</summary>
internal sealed class StageAccess(RoutinesDb db, MyStandIn standIns, ICurrentUser user)
{
    /// <exception cref="NotFound">There is none, or not for this user.</exception>
    public async Task<(StageItem Stage, Job Job)> LoadAsync(Guid id, CancellationToken ct, bool tracked = true)
    {
        if (await FindAsync(db.Stages, db.Jobs) is { } found) return found;
        if (user.Access is { } access && await FindAsync(db.Stages.IgnoreQueryFilters([Filters.Scope]), db.Jobs.IgnoreQueryFilters([Filters.Scope])) is { Stage: { Status: StageStatus.Open } stage } own
            && (access.SeesAllBranches || access.Branches.Contains(stage.BranchId)) && stage.IsWorkOf(access, await standIns.GetAsync(ct))) return own;
        throw new NotFound("stage", id);

        async Task<(StageItem Stage, Job Job)?> FindAsync(IQueryable<StageItem> stages, IQueryable<Job> jobs)
        {
            var one = await (tracked ? stages : stages.AsNoTracking()).FirstOrDefaultAsync(s => s.Id == id, ct);
            return one is not null && await (tracked ? jobs : jobs.AsNoTracking()).FirstOrDefaultAsync(j => j.Id == one.JobId, ct) is { } job ? (one, job) : null;
        }
    }
}

using System.Text.Json.Nodes;
using Crm.Core;
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

internal sealed class FinishStageHandler(RoutinesDb db, StageFinisher finisher, StageForms forms, IFormSheets sheets, IFileStore files, ICurrentUser user) : IRequestHandler<FinishStageCommand, Unit>
{
    public async Task<Unit> Handle(FinishStageCommand command, CancellationToken cancellationToken)
    {
        var (stage, job) = await StageAccess.LoadAsync(db, command.StageId, cancellationToken);
        if (!stage.MayEnd(user, job.StartedBy)) throw new Forbidden(RoutinesPermissions.SeeAllJobs);
        if (stage.Status == StageStatus.Open)
        {
            if (job.Paused) throw new RuleBroken("job.paused", "This job is suspended; it has to be resumed first.");
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
            finisher.Finish(stage, command.Outcome, answers, PersianText.Clean(command.Note, multiline: true), user.Id, communication: command.CommunicationId);
            db.RemoveRange(await db.Set<StageAlarm>().Where(a => a.StageItemId == stage.Id).ToListAsync(cancellationToken));
            return Unit.Value;
        }

        // Says by itself what became of it.
        stage.Finish(command.Outcome, [], null, user.Id, default);
        return Unit.Value;
    }
}

[Requires(RoutinesPermissions.Work)]
internal sealed record TakeStageCommand(Guid StageId) : ICommand;

internal sealed class TakeStageValidator : AbstractValidator<TakeStageCommand>
{
    public TakeStageValidator() => RuleFor(c => c.StageId).NotEmpty();
}

internal sealed class TakeStageHandler(RoutinesDb db, ICurrentUser user) : IRequestHandler<TakeStageCommand, Unit>
{
    public async Task<Unit> Handle(TakeStageCommand command, CancellationToken cancellationToken)
    {
        var (stage, _) = await StageAccess.LoadAsync(db, command.StageId, cancellationToken);
        if (user.Access is not { } access || !(stage.IsWorkOf(access) || access.Can(RoutinesPermissions.SeeAllJobs))) throw new Forbidden(RoutinesPermissions.SeeAllJobs);
        stage.Take(access.Id);
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

internal sealed class HandOverStageHandler(RoutinesDb db, ICurrentUser user, IUserDirectory users, INotifier notifier) : IRequestHandler<HandOverStageCommand, Unit>
{
    public async Task<Unit> Handle(HandOverStageCommand command, CancellationToken cancellationToken)
    {
        var (stage, job) = await StageAccess.LoadAsync(db, command.StageId, cancellationToken);
        if (user.Access is { } access && !stage.IsWorkOf(access) && !access.Can(RoutinesPermissions.SeeAllJobs)) throw new Forbidden(RoutinesPermissions.SeeAllJobs);
        if (!(await users.CardsAsync([command.UserId], cancellationToken)).TryGetValue(command.UserId, out var card) || !card.Active) throw new InvalidInput(nameof(command.UserId), "This user is not there any more.");
        if (stage.ChoosePerson && stage.Setup.ChooseFrom is { Count: > 0 } from && !from.Contains(command.UserId)) throw new InvalidInput(nameof(command.UserId), "This stage is not for {0}.", card.Name);
        stage.HandOver(command.UserId);
        notifier.Notify([command.UserId], "{0} handed a stage over to you: {1}", [user.Name, $"{stage.Title} – {job.Title}" + (string.IsNullOrWhiteSpace(command.Why) ? "" : $" ({command.Why.Trim()})")], $"/jobs/stages/{stage.Id}");
        return Unit.Value;
    }
}

internal static class StageAccess
{
    public static async Task<(StageItem Stage, Job Job)> LoadAsync(RoutinesDb db, Guid id, CancellationToken ct)
    {
        var stage = await db.Stages.FirstOrDefaultAsync(s => s.Id == id, ct) ?? throw new NotFound("stage", id);
        return (stage, await db.Jobs.FirstOrDefaultAsync(j => j.Id == stage.JobId, ct) ?? throw new NotFound("job", stage.JobId));
    }
}

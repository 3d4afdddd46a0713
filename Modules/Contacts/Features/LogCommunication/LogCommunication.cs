using Crm.Contacts.Contracts;
using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Contacts.Features.FollowUps;
using Crm.Contacts.Records;
using Crm.Contacts.Shared;
using Crm.Core;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Features.LogCommunication;

/// <summary>What people fill in of a communication.</summary>
internal abstract record CommunicationFields
{
    public Guid KindId { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    [Web.MultilineText]
    public string? Text { get; init; }

    [Web.MultilineText]
    public string? Questions { get; init; }

    public Guid? ResultId { get; init; }

    public string? NextStep { get; init; }

    public Guid? JobId { get; init; }

    /// <summary>What it cost.</summary>
    public List<CostFields> Costs { get; init; } = [];

    /// <summary>Texts of custom fields by key; what is not in it stays as it is.</summary>
    public Dictionary<string, List<string?>> Custom { get; init; } = [];

    /// <summary>False for who sends single fields (API, routine): custom fields that must be filled are not demanded of him.</summary>
    public bool WholeForm { get; init; } = true;
}

[Requires(ContactsPermissions.AddCommunications)]
internal sealed record LogCommunicationCommand : CommunicationFields, ICommand<Guid>
{
    /// <summary>Id of the new record, where the caller has files stored for it already.</summary>
    public Guid? NewId { get; init; }

    public Guid ContactId { get; init; }

    /// <summary>The follow-up that is done with it.</summary>
    public Guid? FollowUpId { get; init; }

    /// <summary>The stage item of the job that is done with it, and the way on.</summary>
    public Guid? StageItemId { get; init; }

    public string? StageOutcome { get; init; }

    /// <summary>When the next communication is to take place; plans a follow-up for whoever logs this.</summary>
    public DateTimeOffset? FollowUpAt { get; init; }

    public Guid? FollowUpKindId { get; init; }
}

internal abstract class CommunicationFieldsValidator<T> : AbstractValidator<T> where T : CommunicationFields
{
    protected CommunicationFieldsValidator(TimeProvider time)
    {
        RuleFor(c => c.KindId).NotEmpty();
        RuleFor(c => c.Text).MaximumLength(20000);
        RuleFor(c => c.Questions).MaximumLength(8000);
        RuleFor(c => c.NextStep).MaximumLength(1000);
        RuleFor(c => c.Costs).Must(costs => costs.Count <= 50).WithMessage("At most 50 costs.");
        RuleForEach(c => c.Costs).Where(k => !k.IsEmpty).ChildRules(cost =>
        {
            cost.RuleFor(k => k.KindId).NotEmpty();
            cost.RuleFor(k => k.Amount).NotNull().InclusiveBetween(1, 1_000_000_000_000_000);
            cost.RuleFor(k => k.Note).MaximumLength(300);
        });
        // A minute of grace for clocks that differ; what is to come is a follow-up.
        RuleFor(c => c.StartedAt).Must(s => s <= time.GetUtcNow().AddMinutes(1)).When(c => c.StartedAt is not null).WithMessage("A communication lies in the past. Plan a follow-up for what is to come.");
        RuleFor(c => c.EndedAt).Must((c, e) => e >= c.StartedAt).When(c => c.StartedAt is not null && c.EndedAt is not null).WithMessage("The end lies before the start.");
    }
}

internal sealed class LogCommunicationValidator : CommunicationFieldsValidator<LogCommunicationCommand>
{
    public LogCommunicationValidator(TimeProvider time) : base(time)
    {
        RuleFor(c => c.ContactId).NotEmpty();
        RuleFor(c => c.StageOutcome).NotEmpty().MaximumLength(200).When(c => c.StageItemId is not null);
        RuleFor(c => c.FollowUpAt).Must(f => f > time.GetUtcNow()).When(c => c.FollowUpAt is not null).WithMessage("A follow-up lies in the future.");
    }
}

internal sealed class LogCommunicationHandler(ContactsDb db, CommunicationReferences references, ICurrentUser me, TimeProvider time, ICustomFields custom, DateView dates) : IRequestHandler<LogCommunicationCommand, Guid>
{
    public async Task<Guid> Handle(LogCommunicationCommand command, CancellationToken cancellationToken)
    {
        var contact = await references.ContactAsync(command.ContactId, cancellationToken);
        // The stage belongs to the job that was asked for, also where the job of a communication is closed to who logs it.
        var job = command.JobId;
        command = command with { };
        ClosedInputs.Keep(command, new LogCommunicationCommand(), ContactsRights.OfCommunications, me, adding: true);
        await references.ListAsync(BaseLists.CommunicationKind, command.KindId, nameof(command.KindId), cancellationToken);
        await references.ListAsync(BaseLists.CommunicationKind, command.FollowUpKindId, nameof(command.FollowUpKindId), cancellationToken);
        await references.ListAsync(BaseLists.CommunicationResult, command.ResultId, nameof(command.ResultId), cancellationToken);
        await references.CostsAsync(command.Costs, cancellationToken);
        await references.JobAsync(contact.Id, command.StageItemId is null ? command.JobId : job, command.StageItemId, command.StageOutcome, cancellationToken);

        var now = time.GetUtcNow();
        var communication = new Communication(command.NewId ?? Guid.CreateVersion7(), contact, me.Id, command.KindId, command.StartedAt ?? now, command.EndedAt);
        communication.Write(command.Text, command.Questions, command.ResultId, command.NextStep, command.JobId);
        communication.Charge(command.Costs);
        communication.SetCustom(CustomValues.Apply(await custom.OfAsync(CommunicationRecords.RecordKey, cancellationToken), null, command.Custom, me, dates, whole: command.WholeForm && !me.IsSystem));
        communication.Logged(command.StageItemId, command.StageOutcome);
        db.Add(communication);
        if (command.FollowUpId is { } followUpId)
        {
            var followUp = await db.FollowUps.SingleOrDefaultAsync(f => f.Id == followUpId && f.ContactId == contact.Id, cancellationToken) ?? throw new NotFound(nameof(FollowUp), followUpId);
            // Done meanwhile by somebody else: the call took place all the same and is logged.
            if (followUp.State == FollowUpState.Open) followUp.Done(me.Id, now, communication.Id);
        }

        if (command.FollowUpAt is { } at && me.Id is { } assignee)
        {
            var planned = new PlanFollowUpCommand { Text = command.NextStep, JobId = command.JobId };
            ClosedInputs.Keep(planned, new PlanFollowUpCommand(), ContactsRights.OfFollowUps, me, adding: true);
            db.Add(new FollowUp(contact, command.FollowUpKindId ?? command.KindId, at, assignee, planned.Text, FollowUpFields.UsualReminder, planned.JobId));
        }

        return communication.Id;
    }
}

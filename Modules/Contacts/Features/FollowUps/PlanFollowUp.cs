using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Contacts.Records;
using Crm.Contacts.Shared;
using Crm.Core;
using Crm.Platform.Contracts;
using FluentValidation;
using MediatR;

namespace Crm.Contacts.Features.FollowUps;

/// <summary>What people fill in of a follow-up.</summary>
internal abstract record FollowUpFields
{
    /// <summary>Minutes before it is due, where nobody says another number.</summary>
    public const int UsualReminder = 15;

    public Guid KindId { get; init; }

    public DateTimeOffset? DueAt { get; init; }

    /// <summary>Person in charge; null for whoever plans it, or for the customer's expert where a routine does.</summary>
    public Guid? AssigneeId { get; init; }

    [Web.MultilineText]
    public string? Text { get; init; }

    /// <summary>Minutes before it is due; null for no reminder.</summary>
    public int? RemindMinutes { get; init; }

    /// <summary>Texts of custom fields by key; what is not in it stays as it is.</summary>
    public Dictionary<string, List<string?>> Custom { get; init; } = [];

    /// <summary>False for who sends single fields (API, routine): custom fields that must be filled are not demanded of him.</summary>
    public bool WholeForm { get; init; } = true;
}

[Requires(ContactsPermissions.PlanFollowUps)]
internal sealed record PlanFollowUpCommand : FollowUpFields, ICommand<Guid>
{
    public Guid ContactId { get; init; }

    public Guid? JobId { get; init; }
}

internal abstract class FollowUpFieldsValidator<T> : AbstractValidator<T> where T : FollowUpFields
{
    private const int Month = 31 * 24 * 60;

    protected FollowUpFieldsValidator()
    {
        RuleFor(c => c.KindId).NotEmpty();
        RuleFor(c => c.DueAt).NotNull();
        RuleFor(c => c.Text).MaximumLength(2000);
        RuleFor(c => c.RemindMinutes).InclusiveBetween(0, Month);
    }
}

internal sealed class PlanFollowUpValidator : FollowUpFieldsValidator<PlanFollowUpCommand>
{
    public PlanFollowUpValidator() => RuleFor(c => c.ContactId).NotEmpty();
}

internal sealed class PlanFollowUpHandler(ContactsDb db, CommunicationReferences references, ICurrentUser me, INotifier notifier, TimeProvider time, ICustomFields custom, DateView dates) : IRequestHandler<PlanFollowUpCommand, Guid>
{
    public async Task<Guid> Handle(PlanFollowUpCommand command, CancellationToken cancellationToken)
    {
        command = command with { };
        ClosedInputs.Keep(command, new PlanFollowUpCommand { RemindMinutes = FollowUpFields.UsualReminder }, ContactsRights.OfFollowUps, me, adding: true);
        // A routine that ran late still plans it: overdue from the start is the truth, and the job goes on.
        if (!me.IsSystem && command.DueAt <= time.GetUtcNow().AddMinutes(-1)) throw new InvalidInput(nameof(command.DueAt), "A follow-up lies in the future.");
        var contact = await references.ContactAsync(command.ContactId, cancellationToken);
        await references.ListAsync(BaseLists.CommunicationKind, command.KindId, nameof(command.KindId), cancellationToken);
        var assignee = command.AssigneeId ?? me.Id ?? contact.OwnerId ?? throw new InvalidInput(nameof(command.AssigneeId), "This field is required.");
        await references.UserAsync(assignee, nameof(command.AssigneeId), cancellationToken);
        await references.JobAsync(contact.Id, command.JobId, null, null, cancellationToken);
        var followUp = new FollowUp(contact, command.KindId, command.DueAt!.Value, assignee, command.Text, command.RemindMinutes, command.JobId);
        followUp.SetCustom(CustomValues.Apply(await custom.OfAsync(FollowUpRecords.RecordKey, cancellationToken), null, command.Custom, me, dates, whole: command.WholeForm && !me.IsSystem));
        db.Add(followUp);
        if (me.IsSystem) notifier.Notify([assignee], "A follow-up with {0} was planned for you.", [contact.Name], $"/follow-ups/{followUp.Id}");
        else if (assignee != me.Id) notifier.Notify([assignee], "{0} planned a follow-up with {1} for you.", [me.Name, contact.Name], $"/follow-ups/{followUp.Id}");
        return followUp.Id;
    }
}

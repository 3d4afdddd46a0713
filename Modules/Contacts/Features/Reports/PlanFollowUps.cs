using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Contacts.Features.FollowUps;
using Crm.Contacts.Shared;
using Crm.Core;
using Crm.Platform.Contracts;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Features.Reports;

/// <summary>One follow-up for each of several contacts; where nobody is named, for the expert of each.</summary>
[Requires(ContactsPermissions.PlanFollowUps)]
internal sealed record PlanFollowUpsCommand : ICommand<int>
{
    public List<Guid> ContactIds { get; init; } = [];

    public Guid KindId { get; init; }

    public DateTimeOffset? DueAt { get; init; }

    public Guid? AssigneeId { get; init; }

    [Web.MultilineText]
    public string? Text { get; init; }
}

internal sealed class PlanFollowUpsValidator : AbstractValidator<PlanFollowUpsCommand>
{
    public PlanFollowUpsValidator(TimeProvider time)
    {
        RuleFor(c => c.ContactIds).NotEmpty().WithMessage("Choose at least one contact.").Must(ids => ids.Count <= 200).WithMessage("At most 200 contacts at once.");
        RuleFor(c => c.KindId).NotEmpty();
        RuleFor(c => c.DueAt).NotNull().Must(d => d > time.GetUtcNow()).When(c => c.DueAt is not null, ApplyConditionTo.CurrentValidator).WithMessage("A follow-up lies in the future.");
        RuleFor(c => c.Text).MaximumLength(2000);
    }
}

internal sealed class PlanFollowUpsHandler(ContactsDb db, CommunicationReferences references, ICurrentUser me, INotifier notifier) : IRequestHandler<PlanFollowUpsCommand, int>
{
    public async Task<int> Handle(PlanFollowUpsCommand command, CancellationToken cancellationToken)
    {
        command = command with { };
        ClosedInputs.Keep(command, new PlanFollowUpsCommand(), ContactsRights.OfFollowUps, me, adding: true);
        await references.ListAsync(BaseLists.CommunicationKind, command.KindId, nameof(command.KindId), cancellationToken);
        if (command.AssigneeId is { } one) await references.UserAsync(one, nameof(command.AssigneeId), cancellationToken);
        var ids = command.ContactIds.Distinct().ToList();
        var contacts = await db.Contacts.Where(c => ids.Contains(c.Id)).ToListAsync(cancellationToken);
        if (contacts.Count < ids.Count) throw new NotFound(nameof(Contact));
        Dictionary<Guid, int> told = [];
        foreach (var contact in contacts)
        {
            var assignee = command.AssigneeId ?? contact.OwnerId ?? me.Id ?? throw new InvalidInput(nameof(command.AssigneeId), "This field is required.");
            db.Add(new FollowUp(contact, command.KindId, command.DueAt!.Value, assignee, command.Text, FollowUpFields.UsualReminder, null));
            if (assignee != me.Id) told[assignee] = told.GetValueOrDefault(assignee) + 1;
        }

        // One line each, however many there are.
        foreach (var (assignee, count) in told) notifier.Notify([assignee], "{0} planned {1} follow-ups for you.", [me.Name, count.ToString(System.Globalization.CultureInfo.InvariantCulture)], "/follow-ups");
        return contacts.Count;
    }
}

using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Contacts.Records;
using Crm.Contacts.Shared;
using Crm.Core;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Features.FollowUps;

[Requires(ContactsPermissions.PlanFollowUps)]
internal sealed record EditFollowUpCommand : FollowUpFields, ICommand
{
    public Guid Id { get; init; }

    public uint? Version { get; init; }

    public static EditFollowUpCommand Of(FollowUp f) => new()
    {
        Id = f.Id, Version = f.Version, KindId = f.KindId, DueAt = f.DueAt, AssigneeId = f.AssigneeId, Text = f.Text, RemindMinutes = f.RemindMinutes,
    };
}

internal sealed class EditFollowUpValidator : FollowUpFieldsValidator<EditFollowUpCommand>
{
    public EditFollowUpValidator()
    {
        RuleFor(c => c.Id).NotEmpty();
        RuleFor(c => c.AssigneeId).NotNull();
    }
}

internal sealed class EditFollowUpHandler(ContactsDb db, CommunicationReferences references, ICustomFields custom, ICurrentUser me, DateView dates) : IRequestHandler<EditFollowUpCommand, Unit>
{
    public async Task<Unit> Handle(EditFollowUpCommand command, CancellationToken cancellationToken)
    {
        var followUp = await db.FollowUps.SingleOrDefaultAsync(f => f.Id == command.Id, cancellationToken) ?? throw new NotFound(nameof(FollowUp), command.Id);
        command = command with { };
        ClosedInputs.Keep(command, EditFollowUpCommand.Of(followUp), ContactsRights.OfFollowUps, me);
        await references.ListAsync(BaseLists.CommunicationKind, command.KindId, nameof(command.KindId), cancellationToken);
        if (command.AssigneeId != followUp.AssigneeId) await references.UserAsync(command.AssigneeId!.Value, nameof(command.AssigneeId), cancellationToken);
        db.ExpectVersion(followUp, command.Version);
        followUp.SetCustom(CustomValues.Apply(await custom.OfAsync(FollowUpRecords.RecordKey, cancellationToken), followUp.Custom, command.Custom, me, dates, whole: command.WholeForm));
        followUp.Change(command.KindId, command.DueAt!.Value, command.AssigneeId!.Value, command.Text, command.RemindMinutes);
        return Unit.Value;
    }
}

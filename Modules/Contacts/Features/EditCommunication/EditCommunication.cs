using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Contacts.Features.LogCommunication;
using Crm.Contacts.Records;
using Crm.Contacts.Shared;
using Crm.Core;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Features.EditCommunication;

[Requires(ContactsPermissions.ChangeCommunications)]
internal sealed record EditCommunicationCommand : CommunicationFields, ICommand
{
    public Guid Id { get; init; }

    public uint? Version { get; init; }

    public static EditCommunicationCommand Of(Communication c) => new()
    {
        Id = c.Id, Version = c.Version, KindId = c.KindId, StartedAt = c.StartedAt, EndedAt = c.EndedAt, Text = c.Text, Questions = c.Questions, ResultId = c.ResultId, NextStep = c.NextStep, JobId = c.JobId,
        Costs = [.. c.Costs.OrderBy(k => k.Position).Select(k => new CostFields { KindId = k.KindId, Amount = k.Amount, Note = k.Note })],
    };
}

internal sealed class EditCommunicationValidator : CommunicationFieldsValidator<EditCommunicationCommand>
{
    public EditCommunicationValidator(TimeProvider time) : base(time)
    {
        RuleFor(c => c.Id).NotEmpty();
        RuleFor(c => c.StartedAt).NotNull();
    }
}

internal sealed class EditCommunicationHandler(ContactsDb db, CommunicationReferences references, ICustomFields custom, ICurrentUser me, DateView dates) : IRequestHandler<EditCommunicationCommand, Unit>
{
    public async Task<Unit> Handle(EditCommunicationCommand command, CancellationToken cancellationToken)
    {
        var communication = await db.Communications.Include(c => c.Costs).SingleOrDefaultAsync(c => c.Id == command.Id, cancellationToken) ?? throw new NotFound(nameof(Communication), command.Id);
        command = command with { };
        ClosedInputs.Keep(command, EditCommunicationCommand.Of(communication), ContactsRights.OfCommunications, me);
        await references.ListAsync(BaseLists.CommunicationKind, command.KindId, nameof(command.KindId), cancellationToken);
        await references.ListAsync(BaseLists.CommunicationResult, command.ResultId, nameof(command.ResultId), cancellationToken);
        await references.CostsAsync(command.Costs, cancellationToken);
        if (command.JobId != communication.JobId) await references.JobAsync(communication.ContactId, command.JobId, null, null, cancellationToken);
        db.ExpectVersion(communication, command.Version);
        db.Touch(communication);
        communication.Charge(command.Costs);
        communication.Change(command.KindId, command.StartedAt!.Value, command.EndedAt);
        communication.SetCustom(CustomValues.Apply(await custom.OfAsync(CommunicationRecords.RecordKey, cancellationToken), communication.Custom, command.Custom, me, dates, whole: command.WholeForm));
        communication.Write(command.Text, command.Questions, command.ResultId, command.NextStep, command.JobId);
        return Unit.Value;
    }
}

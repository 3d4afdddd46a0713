using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Core;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Features.SupplierScores;

/// <summary>Moves a scoring to the recycle bin; the one before it counts again.</summary>
[Requires(ContactsPermissions.DeleteScores)]
internal sealed record DeleteEvaluationCommand(Guid ContactId, Guid Id, uint? Version = null) : ICommand;

internal sealed class DeleteEvaluationValidator : AbstractValidator<DeleteEvaluationCommand>
{
    public DeleteEvaluationValidator()
    {
        RuleFor(c => c.ContactId).NotEmpty();
        RuleFor(c => c.Id).NotEmpty();
    }
}

internal sealed class DeleteEvaluationHandler(ContactsDb db) : IRequestHandler<DeleteEvaluationCommand, Unit>
{
    public async Task<Unit> Handle(DeleteEvaluationCommand command, CancellationToken cancellationToken)
    {
        var evaluation = await db.EvaluationsSeen().SingleOrDefaultAsync(e => e.Id == command.Id && e.ContactId == command.ContactId, cancellationToken) ?? throw new NotFound(nameof(SupplierEvaluation), command.Id);
        db.ExpectVersion(evaluation, command.Version);
        db.Remove(evaluation);
        return Unit.Value;
    }
}

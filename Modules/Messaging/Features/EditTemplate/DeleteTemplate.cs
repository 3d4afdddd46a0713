using Crm.Core;
using Crm.Messaging.Data;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Messaging.Features.EditTemplate;

[Requires(MessagingPermissions.Templates)]
internal sealed record DeleteTemplateCommand(Guid Id, uint? Version = null) : ICommand;

internal sealed class DeleteTemplateValidator : AbstractValidator<DeleteTemplateCommand>
{
    public DeleteTemplateValidator() => RuleFor(c => c.Id).NotEmpty();
}

internal sealed class DeleteTemplateHandler(MessagingDb db) : IRequestHandler<DeleteTemplateCommand, Unit>
{
    public async Task<Unit> Handle(DeleteTemplateCommand request, CancellationToken cancellationToken)
    {
        var template = await db.Templates.FirstOrDefaultAsync(t => t.Id == request.Id, cancellationToken) ?? throw new NotFound("template", request.Id);
        db.ExpectVersion(template, request.Version);
        db.Remove(template);
        return Unit.Value;
    }
}

using Crm.Core;
using Crm.Platform.Data;
using FluentValidation;
using MediatR;

namespace Crm.Platform.Features.Snippets;

[SignedIn]
internal sealed record DeleteSnippetCommand(Guid Id) : ICommand;

internal sealed class DeleteSnippetValidator : AbstractValidator<DeleteSnippetCommand>
{
    public DeleteSnippetValidator() => RuleFor(c => c.Id).NotEmpty();
}

internal sealed class DeleteSnippetHandler(PlatformDb db, ICurrentUser me) : IRequestHandler<DeleteSnippetCommand, Unit>
{
    public async Task<Unit> Handle(DeleteSnippetCommand command, CancellationToken cancellationToken)
    {
        var snippet = await SaveSnippetHandler.FindAsync(db, me, command.Id, cancellationToken);
        if (snippet.Shared && !me.Can(PlatformPermissions.ShareSnippets)) throw new Forbidden(PlatformPermissions.ShareSnippets);
        db.Remove(snippet);
        return Unit.Value;
    }
}

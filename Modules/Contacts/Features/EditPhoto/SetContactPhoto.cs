using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Contacts.Shared;
using Crm.Core;
using Crm.Platform.Contracts;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Features.EditPhoto;

/// <summary>Gives a contact a photo that was stored for it, or takes it away.</summary>
/// <param name="Id">The contact.</param>
/// <param name="FileId">A stored picture; null for none.</param>
[Requires(ContactsPermissions.Change)]
internal sealed record SetContactPhotoCommand(Guid Id, Guid? FileId) : ICommand;

internal sealed class SetContactPhotoValidator : AbstractValidator<SetContactPhotoCommand>
{
    public SetContactPhotoValidator() => RuleFor(c => c.Id).NotEmpty();
}

internal sealed class SetContactPhotoHandler(ContactsDb db, IFileStore files) : IRequestHandler<SetContactPhotoCommand, Unit>
{
    public async Task<Unit> Handle(SetContactPhotoCommand command, CancellationToken cancellationToken)
    {
        var contact = await db.Contacts.Include(c => c.Phones).SingleOrDefaultAsync(c => c.Id == command.Id, cancellationToken) ?? throw new NotFound(nameof(Contact), command.Id);
        if (command.FileId is { } file && (await files.OfAsync(ContactPhotos.OwnerName, [contact.Id], cancellationToken))[contact.Id].FirstOrDefault(f => f.Id == file)?.ContentType.StartsWith("image/", StringComparison.Ordinal) != true)
            throw new InvalidInput("Photo", "Choose a picture (JPEG, PNG, GIF or WebP).");
        contact.SetPhoto(command.FileId);
        return Unit.Value;
    }
}

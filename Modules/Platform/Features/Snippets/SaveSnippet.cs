using System.ComponentModel.DataAnnotations;
using Crm.Core;
using Crm.Data;
using Crm.Platform.Data;
using Crm.Platform.Domain;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Features.Snippets;

/// <summary>Keeps a new text (no id) or changes one. One's own is everybody's affair to keep; what all see needs the right.</summary>
[SignedIn]
[Unique("ux_snippets_owner_id_folded", nameof(Title), "There is a text of this name already.")]
internal sealed record SaveSnippetCommand : ICommand<Guid>
{
    public Guid? Id { get; init; }

    public uint? Version { get; init; }

    [Display(Name = "Name")]
    public string Title { get; init; } = "";

    [Web.MultilineText]
    [Display(Name = "Text")]
    public string Text { get; init; } = "";

    public bool Shared { get; init; }
}

internal sealed class SaveSnippetValidator : AbstractValidator<SaveSnippetCommand>
{
    public SaveSnippetValidator()
    {
        RuleFor(c => c.Title).NotEmpty().MaximumLength(120);
        RuleFor(c => c.Text).NotEmpty().MaximumLength(SnippetMapping.Longest);
    }
}

internal sealed class SaveSnippetHandler(PlatformDb db, ICurrentUser me) : IRequestHandler<SaveSnippetCommand, Guid>
{
    public async Task<Guid> Handle(SaveSnippetCommand command, CancellationToken cancellationToken)
    {
        var owner = me.Id ?? throw new Forbidden(PlatformPermissions.ShareSnippets);
        var snippet = command.Id is { } id ? await FindAsync(db, me, id, cancellationToken) : new Snippet(owner);
        if ((command.Shared || snippet.Shared) && !me.Can(PlatformPermissions.ShareSnippets)) throw new Forbidden(PlatformPermissions.ShareSnippets);
        if (command.Id is null) db.Add(snippet);
        else db.ExpectVersion(snippet, command.Version);
        snippet.Change(command.Title, command.Text, command.Shared);
        return snippet.Id;
    }

    /// <summary>One's own, or what everybody sees.</summary>
    public static async Task<Snippet> FindAsync(PlatformDb db, ICurrentUser me, Guid id, CancellationToken ct) =>
        await db.Snippets.FirstOrDefaultAsync(s => s.Id == id && (s.Shared || s.OwnerId == me.Id), ct) ?? throw new NotFound("snippet", id);
}

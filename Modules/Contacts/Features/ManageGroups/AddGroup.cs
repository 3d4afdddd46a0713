using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Core;
using Crm.Data;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Features.ManageGroups;

/// <summary>
/// Adds a group; from the page of the tree or in place, from the drop-down, where a whole path may be typed: «صنعتی › نساجی › فرش». What is there already is answered, not doubled.
/// </summary>
[Requires(ContactsPermissions.ManageGroups)]
[Unique("ux_groups_parent_id_folded", nameof(Title), "There is a group of this name here already.")]
internal sealed record AddGroupCommand : ICommand<Guid>
{
    public Guid? ParentId { get; init; }

    public string? Title { get; init; }

    public string? EnglishTitle { get; init; }

    /// <summary>What is there already is refused: on the page of the tree. The drop-down takes it.</summary>
    public bool OnlyNew { get; init; }
}

internal sealed class AddGroupValidator : AbstractValidator<AddGroupCommand>
{
    public AddGroupValidator()
    {
        RuleFor(c => c.Title).NotEmpty();
        RuleFor(c => c.Title).Must(t => AddGroupHandler.Parts(t) is [_, ..] parts && parts.All(p => p.Length <= 120)).When(c => !string.IsNullOrEmpty(c.Title)).WithMessage("The name of a group has up to 120 letters.");
        RuleFor(c => c.EnglishTitle).MaximumLength(120);
    }
}

internal sealed class AddGroupHandler(ContactsDb db) : IRequestHandler<AddGroupCommand, Guid>
{
    public async Task<Guid> Handle(AddGroupCommand command, CancellationToken cancellationToken)
    {
        if (command.ParentId is { } above && !await db.Groups.AnyAsync(g => g.Id == above && g.MergedIntoId == null, cancellationToken)) throw new InvalidInput(nameof(command.ParentId), "Choose one of the list.");
        var parts = Parts(command.Title);
        var parent = command.ParentId;
        // As soon as one part is new, so is all that lies in it.
        var searching = true;
        for (var i = 0; i < parts.Length; i++)
        {
            var folded = PersianText.Fold(parts[i]);
            var here = parent;
            var known = searching ? await db.Groups.SingleOrDefaultAsync(g => g.ParentId == here && g.Folded == folded && g.MergedIntoId == null, cancellationToken) : null;
            if (known is not null)
            {
                if (command.OnlyNew && known.Active && i == parts.Length - 1) throw new InvalidInput(nameof(command.Title), "There is a group of this name here already.");
                if (!known.Active) known.Change(known.Title, known.EnglishTitle, true);
                parent = known.Id;
                continue;
            }

            var last = searching ? await db.Groups.Where(g => g.ParentId == here).MaxAsync(g => (int?)g.Order, cancellationToken) ?? 0 : 0;
            searching = false;
            var group = new ContactGroup(here, parts[i], i == parts.Length - 1 ? command.EnglishTitle : null, last + 10);
            db.Add(group);
            parent = group.Id;
        }

        return parent!.Value;
    }

    /// <summary>The names of a path from the top.</summary>
    public static string[] Parts(string? title) => (title ?? "").Split(['›', '>', '‹', '<'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}

using System.Text.RegularExpressions;
using Crm.Core;
using Crm.Data;
using Crm.Routines.Data;
using Crm.Routines.Domain;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Routines.Features.Forms;

/// <summary>A field as the editor sends it.</summary>
internal sealed record FieldDraft
{
    public string? Name { get; set; }

    public string? Label { get; set; }

    public FieldKind Kind { get; set; }

    public bool Required { get; set; }

    /// <summary>One choice a line.</summary>
    public string? Choices { get; set; }

    public string? Help { get; set; }
}

[Requires(RoutinesPermissions.Forms)]
[Unique("ux_forms_name", nameof(Name), "There is a form of this name already.")]
internal sealed record SaveFormCommand : ICommand<Guid>
{
    public Guid? Id { get; set; }

    public string? Name { get; set; }

    public string? Description { get; set; }

    public List<FieldDraft> Fields { get; set; } = [];

    public uint? Version { get; set; }
}

internal sealed partial class SaveFormValidator : AbstractValidator<SaveFormCommand>
{
    public SaveFormValidator()
    {
        RuleFor(c => c.Name).NotEmpty().MaximumLength(200);
        RuleFor(c => c.Description).MaximumLength(1000);
        RuleFor(c => c.Fields).Must(f => f.Count <= 100).WithMessage("At most 100 fields.");
        RuleForEach(c => c.Fields).ChildRules(f =>
        {
            f.RuleFor(x => x.Label).NotEmpty().MaximumLength(200);
            f.RuleFor(x => x.Help).MaximumLength(500);
            f.RuleFor(x => x.Name).MaximumLength(60).Must(n => string.IsNullOrWhiteSpace(n) || NamePattern().IsMatch(n.Trim())).WithMessage("Letters, digits and _ only, beginning with a letter.");
            f.RuleFor(x => x.Choices).NotEmpty().When(x => x.Kind is FieldKind.Choice or FieldKind.MultiChoice).WithMessage("Write the choices, one a line.");
        });
    }

    [GeneratedRegex(@"^[\p{L}_][\p{L}\p{Nd}_]*$")]
    private static partial Regex NamePattern();
}

internal sealed class SaveFormHandler(RoutinesDb db) : IRequestHandler<SaveFormCommand, Guid>
{
    public async Task<Guid> Handle(SaveFormCommand command, CancellationToken cancellationToken)
    {
        Form form;
        if (command.Id is { } id)
        {
            form = await db.Forms.FirstOrDefaultAsync(f => f.Id == id, cancellationToken) ?? throw new NotFound("form", id);
            db.ExpectVersion(form, command.Version);
            form.Name = command.Name!.Trim();
        }
        else
        {
            form = new Form(command.Name!.Trim());
            db.Add(form);
        }

        form.Description = PersianText.Clean(command.Description, multiline: true);
        var fields = new List<FormField>();
        foreach (var draft in command.Fields)
        {
            var name = string.IsNullOrWhiteSpace(draft.Name) ? NameFor(fields) : draft.Name.Trim();
            if (fields.Any(f => f.Name == name)) throw new InvalidInput($"Fields[{fields.Count}].Name", "Two fields have this name.");
            IReadOnlyList<string>? choices = draft.Kind is FieldKind.Choice or FieldKind.MultiChoice
                ? [.. draft.Choices!.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Distinct()] : null;
            fields.Add(new FormField(name, draft.Label!.Trim(), draft.Kind, draft.Required, choices, string.IsNullOrWhiteSpace(draft.Help) ? null : draft.Help.Trim()));
        }

        form.SetFields(fields);
        return form.Id;
    }

    // A name nobody typed is for expressions only: short and never one that was used.
    private static string NameFor(List<FormField> fields)
    {
        var n = fields.Count + 1;
        while (fields.Any(f => f.Name == "f" + n)) n++;
        return "f" + n;
    }
}

[Requires(RoutinesPermissions.Forms)]
internal sealed record DeleteFormCommand(Guid Id) : ICommand;

internal sealed class DeleteFormValidator : AbstractValidator<DeleteFormCommand>
{
    public DeleteFormValidator() => RuleFor(c => c.Id).NotEmpty();
}

internal sealed class DeleteFormHandler(RoutinesDb db) : IRequestHandler<DeleteFormCommand, Unit>
{
    public async Task<Unit> Handle(DeleteFormCommand command, CancellationToken cancellationToken)
    {
        db.Remove(await db.Forms.FirstOrDefaultAsync(f => f.Id == command.Id, cancellationToken) ?? throw new NotFound("form", command.Id));
        return Unit.Value;
    }
}
